"""A database that does not answer: a sentence and a time to come back, on every door, with a session or a token; liveness goes on."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message

import pytest

from ontology.services.tokens import checksum
from tests.addresses import ROOT, surroundings

SCRIPT = """
import os
from wsgiref.simple_server import make_server, WSGIRequestHandler
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
from django.core.wsgi import get_wsgi_application
class Quiet(WSGIRequestHandler):
    def log_message(self, *_): pass
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def place() -> Iterator[str]:
    """The product in front of a port where no database listens: as it is when the database goes away after the start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    nowhere = dict.fromkeys(("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL"), f"postgresql://app:none@127.0.0.1:{closed}/sextant")
    given = {**surroundings("none"), **nowhere, "PLAIN_HTTP": "1", "LOG_LEVEL": "CRITICAL"}
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", SCRIPT], cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


def ask(address: str, **headers: str) -> tuple[int, Message, str]:
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def test_database_down__every_door_says_so(place: str) -> None:
    token = f"Bearer sxt_{'0' * 40}{checksum('0' * 40)}"
    asked = {
        "token": ask(f"{place}/api/v1/groups/", Authorization=token),
        "session": ask(f"{place}/api/v1/groups/", Cookie="sessionid=abcdefghijklmnopqrstuvwxyz123456"),
        "admin": ask(f"{place}/admin/", Cookie="sessionid=abcdefghijklmnopqrstuvwxyz123456"),
        "account": ask(f"{place}/account/", Cookie="sessionid=abcdefghijklmnopqrstuvwxyz123456"),
    }

    assert {door: (status, headers["Retry-After"]) for door, (status, headers, _) in asked.items()} == dict.fromkeys(asked, (503, "5"))
    assert asked["token"][1]["Content-Type"] == asked["session"][1]["Content-Type"] == "application/problem+json"
    assert all("Traceback" not in text and "psycopg" not in text for _, _, text in asked.values())
    assert ask(f"{place}/healthz")[0] == 200


def test_database_down__readiness_says_so_without_its_address(place: str) -> None:
    status, _, text = ask(f"{place}/readyz")

    assert status == 503
    assert '"database": "no answer", "migrations": "no answer"' in text
    assert "127.0.0.1" not in text
