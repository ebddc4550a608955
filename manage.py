#!/usr/bin/env python
"""The operators' door: every command of Sextant."""

import contextlib
import os
import sys

AS_OWNER = {
    *("migrate", "makemigrations", "sqlmigrate", "showmigrations", "squashmigrations", "optimizemigration", "flush", "renew_context_key"),
    *("migrate_ontology", "rollback_ontology", "rehearse_release"),
}
"""Commands that change tables, or rows that nobody else may change, such as events."""
AS_APP = {"runserver", "check"}
"""Commands that serve requests, or look at what serves them."""


def _scope(role: str) -> contextlib.AbstractContextManager[None]:
    """Operators act for the platform: commands see every group. The owner of the tables needs no scope, the web process sets one per request."""
    from ontology.isolation import PLATFORM_SCOPE, acting

    return acting(PLATFORM_SCOPE) if role == "worker" else contextlib.nullcontext()


def _watched(command: str) -> contextlib.AbstractContextManager[object]:
    """What a command asks the database is told under its name; not that of one that serves, whose requests tell for themselves."""
    from monitoring.database.watching import working

    return contextlib.nullcontext() if command in AS_APP | AS_OWNER else working(f"manage.py {command}", repeats=False)


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError

        from config import env
    except ImportError:
        sys.exit("Django is not installed here: run `make setup`, then use .venv/bin/python manage.py …")
    env.act_as("owner" if command in AS_OWNER else "app" if command in AS_APP else "worker")
    try:
        with _watched(command), _scope(env.role()):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as missing:
        sys.exit(f"Sextant is not configured: {missing}")
    except OperationalError as refused:
        sys.exit(
            f"The database does not answer, or broke off: {str(refused).strip()}\nWhat was not committed was taken back; a load goes on with --resume."
        )


if __name__ == "__main__":
    main()
