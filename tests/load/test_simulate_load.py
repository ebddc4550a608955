"""simulate_load against a real server: what is throttled on purpose is what it names, what it made it removes, and the server recovers."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from monitoring.load.simulation import Wanted, simulate
from monitoring.load.world import World, world_make, worlds_left, worlds_remove
from monitoring.sql import rows
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Run
from tests.addresses import ROOT, address, surroundings
from tests.factories import make_override
from tests.serving import serving

pytestmark = pytest.mark.django_db(transaction=True)
SERVER = [*settings.WEB_SERVER[1:], "--workers", "1", "--threads"]
SECONDS = 4.0


def simulated(at: str, users: int, scenario: str = "stress", on_made: Callable[[World], None] = lambda world: None, seconds: float = SECONDS) -> Any:
    """The report of a simulation in this process."""
    with acting(PLATFORM_SCOPE):
        run = simulate(Wanted(at, users, seconds, scenario, things=100), on_made=on_made)
    assert run.state == "succeeded"
    return run.result


def counts() -> dict[str, int]:
    """How many rows each table of groups has, and those of people; but for the platform's own record, which keeps that there was a group."""
    found = {}
    with connection.cursor() as cursor:
        for table in (*(name for (name,) in rows("load_tables", {})), "ontology_group", "ontology_person", "django_session", "otp_totp_totpdevice"):
            cursor.execute(psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table)))
            found[table] = cursor.fetchone()[0]
    for kept in ("ontology_event", "ontology_eventsaccepted", "ontology_run", "quotas_delta"):
        del found[kept]
    return found


def test_light_load__names_nothing_and_leaves_nothing() -> None:
    before = counts()
    with serving([*SERVER, "4"]) as at:
        report = simulated(at, users=3, scenario="normal")

    assert (report["bottleneck"]["name"], report["errors"], report["failed"], report["refused"]) == ("none", {}, 0, 0)
    assert report["requests"] == sum(it["count"] for it in report["names"].values()) > 0
    assert report["sampled"]["samples"] >= 5
    assert set(report["server_ms"]) == {"queue", "app", "conn", "db"}
    assert {"server", "database", "generator"} <= set(report["sampled"]["cores_by_part"])
    assert counts() == before


def test_rate_limit__is_named() -> None:
    def limit(world: World) -> None:
        make_override(world.group, metric="api_calls_per_month", span="second", value=5)

    with serving([*SERVER, "4"]) as at:
        report = simulated(at, users=6, on_made=limit)

    assert report["bottleneck"]["name"] == "rate_limits"
    assert report["errors"]["429 rate_exceeded"] == report["refused"]


@contextmanager
def holding(seconds: float) -> Iterator[Callable[[World], None]]:
    """A session that locks every thing of the world that is made, for so long."""
    threads: list[threading.Thread] = []

    def hold(group: str) -> None:
        with psycopg.connect(address("owner"), application_name="a long migration") as session:
            session.execute("SELECT id FROM ontology_thing WHERE group_id = %s FOR UPDATE", [group])
            time.sleep(seconds)

    def begin(world: World) -> None:
        threads.append(threading.Thread(target=hold, args=(str(world.group.pk),)))
        threads[0].start()
        time.sleep(0.3)

    yield begin
    for thread in threads:
        thread.join()


def test_lock_of_a_session__is_named_with_who_holds_it() -> None:
    with serving([*SERVER, "6"]) as at, holding(SECONDS + 2) as begin:
        report = simulated(at, users=10, on_made=begin)

    assert report["bottleneck"]["name"] == "locks"
    assert "a long migration" in report["bottleneck"]["evidence"]


def test_pool_of_two_connections__is_named() -> None:
    with serving([*SERVER, "16"], more={"DATABASE_POOL": "2"}) as at:
        report = simulated(at, users=12)

    assert report["bottleneck"]["name"] == "database_connections"
    assert report["sampled"]["sessions_most"] == 2


def asked(at: str) -> tuple[int, str | None]:
    try:
        with urllib.request.urlopen(f"{at}/api/v1/groups/", timeout=30) as answer:
            return answer.status, answer.headers["Retry-After"]
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers["Retry-After"]


def test_one_thread__is_named_refuses_and_recovers() -> None:
    with serving([*SERVER, "1"], more={"QUEUE_SECONDS": "1"}) as at:
        report = simulated(at, users=60)
        after = [asked(at) for _ in range(10)]
        ((_, sessions, active, in_transaction, *_),) = rows("load_sample", {"role": settings.DATABASE_ROLES["app"]})

    assert report["bottleneck"]["name"] == "server_workers"
    assert (report["errors"]["503 crowded"] > 0, report["failed"]) == (True, 0)
    assert after == [(401, None)] * 10  # nobody is signed in, and nobody is refused for others' sake
    assert (sessions <= 2, active, in_transaction) == (True, 0, 0)


def command(at: str, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "simulate_load", "--address", at, "--users", "3", "--things", "50", *words],
        cwd=ROOT,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def at_work(child: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The generator, once users are there."""
    assert child.stderr is not None
    assert any("users" in line for line in iter(child.stderr.readline, ""))
    return psutil.Process(child.pid).children()


def test_simulate_load__killed_or_stopped_leaves_nothing(tmp_path: Path) -> None:
    before = counts()
    with serving([*SERVER, "4"]) as at:
        killed = command(at, "--seconds", "60")
        generators = at_work(killed)
        killed.kill()
        killed.communicate()
        left = len(worlds_left())
        gone, alive = psutil.wait_procs(generators, 10)

        stopped = command(at, "--seconds", "60")
        at_work(stopped)
        os.kill(stopped.pid, signal.SIGINT)
        told = stopped.communicate(timeout=60)[1]

        done = command(at, "--seconds", "2", "--report", str(tmp_path), "--json")
        text, _ = done.communicate(timeout=60)

    assert (left, len(gone), alive) == (1, 1, [])
    assert (stopped.returncode, "the data of the simulation is removed" in told) == (130, True)
    report = json.loads(text)
    assert (done.returncode, report["failed"]) == (0, 0)
    assert {path.suffix for path in tmp_path.iterdir()} == {".html", ".json"}
    assert f"{report['requests']:,}" in next(tmp_path.glob("*.html")).read_text()
    assert list(Run.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "cancelled", "succeeded"]
    assert counts() == before


def test_simulate_load__refuses_a_database_that_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASES", {"default": {**settings.DATABASES["default"], "NAME": "production"}})
    monkeypatch.setattr(settings, "IS_PLAYGROUND", False)
    with pytest.raises(CommandError, match="add --on-this-database production"):
        call_command("simulate_load", "--users", "1", stdout=io.StringIO())
    assert Run.objects.count() == 0


def test_simulate_load__where_nobody_answers_or_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match=r"No server answers at http://127\.0\.0\.1:9.*--serve"):
        call_command("simulate_load", "--address", "http://127.0.0.1:9", "--things", "20", stdout=io.StringIO())
    monkeypatch.setattr("monitoring.management.commands.simulate_load.find_spec", lambda name: None)
    with pytest.raises(CommandError, match=r"pip install .* -r requirements/load\.txt"):
        call_command("simulate_load", stdout=io.StringIO())
    assert worlds_left() == []


def test_world__takes_only_its_own() -> None:
    from tests.factories import make_group

    kept = make_group(slug="load-simulation-of-our-own")
    world_make(things=20, people=1, seconds=1, plan="enterprise")

    assert (worlds_remove(), worlds_left()) == (1, [])
    kept.refresh_from_db()
