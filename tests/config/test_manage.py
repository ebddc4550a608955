"""The operators' door when what it stands on is missing: a sentence, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLOSED_PORT = 1


def run(**environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    given = {**inherited, "SECRET_KEY": "only-for-this-test", "BROKER_URL": "redis://127.0.0.1:1/0", **environment}
    return subprocess.run([sys.executable, "manage.py", "make_partitions"], cwd=ROOT, env=given, capture_output=True, text=True, check=False)


def test_manage__database_is_down() -> None:
    done = run(DATABASE_URL=f"postgresql://sextant:none@127.0.0.1:{CLOSED_PORT}/sextant")

    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer")
    assert "Traceback" not in done.stderr


def test_manage__address_is_no_url() -> None:
    done = run(DATABASE_URL="somewhere")

    assert done.returncode == 1
    assert "DATABASE_URL must look like postgresql://" in done.stderr
    assert "Traceback" not in done.stderr
