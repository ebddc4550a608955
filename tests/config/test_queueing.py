"""Requests that have waited too long are refused, whoever looks after the process is answered, and each answer says where its time went."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from config import queueing

pytestmark = pytest.mark.django_db


@pytest.fixture
def wait() -> Iterator[Any]:
    """Lets requests have waited for so many seconds."""
    token = queueing.waited_seconds.set(0.0)
    queueing._calm_at[0] = time.monotonic()
    yield queueing.waited_seconds.set
    queueing.waited_seconds.reset(token)
    queueing._calm_at[0] = time.monotonic()


def test_queueing__refuses_what_waited_too_long(client: Client, wait: Any) -> None:
    wait(7.2)
    api, page, alive = client.get("/api/v1/groups/"), client.get("/admin/"), client.get("/healthz")

    assert (api.status_code, api.json()["code"], api["Retry-After"], api["Content-Type"]) == (503, "crowded", "8", "application/problem+json")
    assert "this one has waited 7.2 s for its turn" in api.json()["detail"]
    assert (page.status_code, page["Retry-After"], "More people ask than this server can serve" in page.content.decode()) == (503, "8", True)
    assert alive.status_code == 200


def test_queueing__a_queue_that_stands_is_cut_short(client: Client, wait: Any) -> None:
    wait(1.5)
    assert client.get("/api/v1/groups/").status_code == 401  # a queue that passes

    queueing._calm_at[0] = time.monotonic() - 6
    assert client.get("/api/v1/groups/").status_code == 503
    wait(0.05)
    assert client.get("/api/v1/groups/").status_code == 401
    wait(1.5)
    assert client.get("/api/v1/groups/").status_code == 401


def test_queueing__tells_where_the_time_went_but_not_of_sign_ins(client: Client, wait: Any) -> None:
    wait(0.25)
    told = dict(re.findall(r"(\w+);dur=([\d.]+)", client.get("/api/v1/groups/")["Server-Timing"]))

    assert (list(told), told["queue"]) == (["queue", "app", "conn", "db"], "250.0")
    assert "Server-Timing" not in client.get("/account/sign-in/")
