"""/readyz: 200 while every part is there; 503 that names the one that is not, without a word of where it is."""

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from config import health
from tests.serving import THREADS, serving

WELL = {"database": "ok", "migrations": "ok", "broker": "ok", "storage": "ok"}


def asked(place: str) -> tuple[int, dict[str, str]]:
    try:
        with urllib.request.urlopen(f"{place}/readyz", timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def hanging_port() -> "socket.socket":  # accepts nobody: whoever connects waits
    return socket.create_server(("127.0.0.1", 0), backlog=8)


@pytest.fixture
def client_now(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client that is given no answer of before."""
    monkeypatch.setattr(health, "_readiness", health.Readiness())
    return client


@pytest.mark.django_db(transaction=True)
def test_readyz__a_served_process_is_ready() -> None:
    with serving(THREADS) as place:
        assert asked(place) == (200, WELL)


@pytest.mark.django_db(transaction=True)
def test_readyz__names_a_broker_that_is_gone(client_now: Client, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery.current_app.conf.broker_url", f"redis://:secret@127.0.0.1:{closed_port}/0")

    answer = client_now.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {**WELL, "broker": "no answer"})


@pytest.mark.django_db(transaction=True)
def test_readyz__a_broker_that_hangs_is_not_waited_for(client_now: Client, hanging_port: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery.current_app.conf.broker_url", f"redis://127.0.0.1:{hanging_port.getsockname()[1]}/0")
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.5)

    with hanging_port:
        answer = client_now.get("/readyz")

    assert (answer.status_code, answer.json()["broker"]) == (503, "no answer")


@pytest.mark.django_db(transaction=True)
def test_readyz__names_storage_that_cannot_be_written(client_now: Client, tmp_path: Path, settings: object) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    settings.ARCHIVE_URL = (tmp_path / "file" / "archive").as_uri()  # type: ignore[attr-defined]

    answer = client_now.get("/readyz")

    assert (answer.status_code, answer.json()["storage"]) == (503, "not writable")


@pytest.mark.django_db(transaction=True)
def test_readyz__counts_migrations_that_wait(client_now: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'monitoring' AND name = '0001_alerts'")
    try:
        answer = client_now.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('monitoring', '0001_alerts', now())")

    assert (answer.status_code, answer.json()) == (503, {**WELL, "migrations": "1 to be applied"})


@pytest.mark.django_db(transaction=True)
def test_readyz__is_asked_once_however_many_ask(client_now: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(health, "PARTS", {"database": lambda: counted.append("asked") or "ok"})

    answers = [client_now.get("/readyz").json() for _ in range(5)]

    assert answers == [{"database": "ok"}] * 5
    assert counted == ["asked"]
