"""Row 8 of the bar: processes race for a limit through every door, are killed, and see the limit lowered meanwhile. Nothing over it, nothing short."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from ontology.models import Group, Thing
from quotas.models import Override
from quotas.services.recount import usage_drift
from tests.addresses import ROOT, surroundings
from tests.factories import make_group, make_membership, make_person, make_staff, make_thing, staff_sign_in
from tests.ontology.api.client import make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
WRITERS, KILLS, WAIT_SECONDS = 16, 6, 120
LIMIT = 1_500
PAUSES = {"sql": 0.1, "orm": 0.06, "copy": 0.06}
"""Seconds that the quick doors wait between two writes, or the slow ones would hardly take part."""
"""The full size, 10,000, takes a minute and a half; `tests/benchmarks/quotas.py` races for it."""


@contextmanager
def writers(folder: Path, group: Group) -> Iterator[None]:
    """The processes at work on GROUP; they have ended when the block is left."""
    owner, client = make_person(), Client()
    make_membership(group, owner, role="group_owner")
    staff_sign_in(client, make_staff())
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    job = {"group": str(group.pk), "slug": group.slug, "token": make_token(owner), "cookies": cookies, "writers": WRITERS, "pauses": PAUSES}
    (folder / "job.json").write_text(json.dumps(job))
    given = {**surroundings(), "ALLOWED_HOSTS": "testserver", "PLAIN_HTTP": "1", "LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
    running = subprocess.Popen([sys.executable, "-m", "tests.faults.quota_writers", str(folder)], cwd=ROOT, env=given)
    try:
        yield
    finally:
        (folder / "stop").touch()
        running.wait(WAIT_SECONDS)


def count(group: Group) -> int:
    return int(Thing.objects.in_group(group).live().count())


def until(condition: Callable[[], bool], why: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


def limit_set(group: Group, value: int) -> None:
    Override.objects.create(group=group, metric="entities_total", value=value, reason="The race", starts_at=timezone.now())


def acknowledged(folder: Path) -> dict[str, int]:
    """Things that each door said it had written."""
    found: dict[str, int] = {}
    for path in folder.glob("*.acknowledged"):
        door = path.name.partition("-")[0]
        found[door] = found.get(door, 0) + path.stat().st_size
    return found


def kill_one(folder: Path, dice: random.Random) -> None:
    """Kills a writer wherever it is, such as between its last statement and COMMIT."""
    pids = [int(path.stem.partition("-")[2]) for path in folder.glob("*.acknowledged")]
    alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    if alive:
        os.kill(dice.choice(alive), signal.SIGKILL)


def test_limit__holds_in_a_race_of_all_doors_with_kills_and_a_lowered_limit(tmp_path: Path) -> None:
    group, dice = make_group(plan="enterprise", slug="raced"), random.Random(8)
    limit_set(group, LIMIT)
    over: list[int] = []
    with writers(tmp_path, group):
        until(lambda: sum(acknowledged(tmp_path).values()) >= WRITERS, "the writers do not write")
        (tmp_path / "go").touch()
        until(lambda: count(group) > LIMIT // 4, "the writers stopped")
        limit_set(group, 10)
        kept = count(group)
        for _ in range(20):
            over.append(count(group) - kept)
            time.sleep(0.01)
        limit_set(group, LIMIT)
        for step in range(KILLS):
            until(lambda step=step: count(group) > LIMIT * (step + 4) // 12, "the writers stopped")  # type: ignore[misc]
            kill_one(tmp_path, dice)
        until(lambda: count(group) >= LIMIT, "the limit is never reached")
        time.sleep(0.3)

    told = acknowledged(tmp_path)
    assert [path.read_text() for path in tmp_path.glob("*.failed")] == []
    assert over == [0] * 20
    assert count(group) == LIMIT
    assert LIMIT - KILLS * 8 <= sum(told.values()) <= LIMIT
    assert set(told) == {"copy", "orm", "api", "sql", "admin"}
    assert min(told.values()) > WRITERS // 5, "a door wrote only the one thing by which it shows that it is ready"
    assert usage_drift() == []


def test_naive_check_then_insert__overruns_the_limit() -> None:
    """The control that must fail: looking first and writing then, as many do it, lets several through at the end."""
    group, limit = make_group(), 5
    ready = [0]

    def naive() -> None:
        try:
            with transaction.atomic():
                if count(group) < limit:
                    ready[0] += 1
                    deadline = time.monotonic() + 5
                    while ready[0] < 8 and time.monotonic() < deadline:
                        time.sleep(0.001)
                    make_thing(group)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: naive(), range(8)))

    assert count(group) == 8
