#!/usr/bin/env python
"""The operators' door: every command of Sextant."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ImportError:
        sys.exit("Django is not installed here: run `make setup`, then use .venv/bin/python manage.py …")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as missing:
        sys.exit(f"Sextant is not configured: {missing}")
    except OperationalError as refused:
        sys.exit(
            f"The database does not answer, or broke off: {str(refused).strip()}\nWhat was not committed was taken back; a load goes on with --resume."
        )


if __name__ == "__main__":
    main()
