"""The migration linter: SQL that would make a running system wait is refused, by squawk, in every migration after the first release's."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

BASELINE = {"ontology": "0004"}
"""The last migration of each app that a new installation runs on empty tables; nobody waits for those."""
APPS = ("ontology", "quotas", "archival", "monitoring")


def faults(sql: str) -> str:
    """What squawk finds in SQL; empty when it is safe to run beside readers and writers."""
    squawk = Path(sys.executable).with_name("squawk")
    done = subprocess.run([squawk, "--stdin-filepath", "migration.sql"], input=sql, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def later_migrations() -> list[tuple[str, str]]:
    """The migrations after the baseline, as app and name."""
    names = [(app, path.stem) for app in APPS for path in sorted(Path(app, "migrations").glob("[0-9]*.py"))]
    return [(app, name) for app, name in names if name[:4] > BASELINE.get(app, "0000")]


def main() -> int:
    """Lints every later migration; the number with faults."""
    import django
    from django.core.management import call_command
    from django.db import connection

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    connection.settings_dict["NAME"] = "postgres"  # Django looks for keys in the database, and would tell another SQL where somebody has migrated it
    bad = 0
    for app, name in later_migrations():
        sql = StringIO()
        call_command("sqlmigrate", app, name, stdout=sql, no_color=True)
        found = faults(sql.getvalue())
        bad += bool(found)
        sys.stdout.write(f"{app}.{name}: {found or 'safe'}\n")
    return bad


if __name__ == "__main__":
    sys.exit(main())
