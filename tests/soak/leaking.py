"""The web as it would be with a leak: each request keeps some memory and a session of the database for ever. Shows that the soak would tell."""

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from django.conf import settings

from config.wsgi import application as sound

KEPT_BYTES = 500_000
_kept: list[object] = []


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The sound application, and what is kept of each request to it."""
    where = settings.DATABASES["default"]
    session = psycopg.connect(host=where["HOST"], port=where["PORT"], user=where["USER"], password=where["PASSWORD"], dbname=where["NAME"])
    _kept.append((session, bytearray(b"x" * KEPT_BYTES)))
    answer: Iterable[bytes] = sound(environ, start_response)
    return answer
