"""The addresses of a test's database, for processes of their own."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from config import env

ROOT = Path(__file__).resolve().parent.parent


def address(role: str, database: str | None = None) -> str:
    """The URL by which ROLE (app, worker or owner) signs in to DATABASE, the test's own unless named."""
    url = urlsplit(env.text(env.ROLE_ADDRESSES[role]))
    return url._replace(path=f"/{database or connection.settings_dict['NAME']}").geturl()


def surroundings(database: str | None = None) -> dict[str, str]:
    """The environment of a process that works on DATABASE, the test's own unless named."""
    addresses = {name: address(role, database) for role, name in env.ROLE_ADDRESSES.items()}
    return {**os.environ, **addresses, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "WATCH_FROM_WEB": "0"}
