"""The limit that is named, from numbers as they are measured: each alone, and the cause before what follows from it."""

from typing import Any

import pytest

from monitoring.load.verdict import NOTHING, Measured, bottleneck, limits_reached

MACHINE = {"cores": 2, "cores_used": 1.0, "cores_by_part": {"server": 0.5, "database": 0.2, "generator": 0.1}, "cores_waited_for": 0.05}
CALM: dict[str, Any] = {"sessions": 8, "sessions_most": 8, "every_session_most": 20, "sessions_max": 197, "active": 1.0, **MACHINE}
FULL = {"cores_used": 1.95, "cores_waited_for": 1.5}


def measured(database: dict[str, Any] | None = None, **other: Any) -> Measured:
    told = {"requests": 1000, "rate_refused": 0, "unavailable": 0, "queue_ms": 1.0, "app_ms": 30.0, "conn_ms": 0.0, "db_ms": 10.0}
    return Measured(**{**told, "generator_cores": 0.1, "blockers": {}, **other}, database={**CALM, **(database or {})})


CASES = {
    "none": measured(),
    "rate_limits": measured(rate_refused=50),
    "database_connections": measured(conn_ms=15.0),
    "locks": measured({"active": 8.0, "on_lock": 6.0}, queue_ms=500.0),
    "disk": measured({"active": 5.0, "on_log": 2.0, "on_files": 1.0}),
    "generator": measured(generator_cores=0.95),
    "cpu": measured(FULL, queue_ms=200.0),
    "database_cpu": measured({**FULL, "cores_by_part": {"server": 0.4, "database": 1.2}}, queue_ms=200.0),
    "server_workers": measured(queue_ms=200.0),
}


@pytest.mark.parametrize("name", CASES)
def test_bottleneck__is_the_one_that_was_reached(name: str) -> None:
    assert bottleneck(CASES[name]).name == name


def test_bottleneck__is_the_cause_and_not_what_follows_from_it() -> None:
    found = measured({"active": 8.0, "on_lock": 6.0, **FULL}, queue_ms=500.0, blockers={"session 7 of sextant": 3})
    assert [it.name for it in limits_reached(found)] == ["locks", "cpu", "server_workers"]
    assert "Held by session 7 of sextant" in bottleneck(found).evidence


def test_connections__that_were_refused_or_are_all_taken() -> None:
    assert bottleneck(measured(unavailable=20)).evidence.startswith("20 of 1,000 requests got no connection")
    assert bottleneck(measured({"every_session_most": 195})).evidence.startswith("195 of 197 connections")


def test_cpu__is_not_named_for_the_work_of_others() -> None:
    others = {"cores_used": 2.0, "cores_waited_for": 0.1, "cores_by_part": {"server": 0.05, "database": 0.03, "generator": 0.02}}
    assert bottleneck(measured(others)) is NOTHING


def test_server__that_tells_no_times_is_judged_by_the_rest() -> None:
    silent = {"queue_ms": None, "app_ms": None, "conn_ms": None, "db_ms": None}
    assert bottleneck(measured(**silent)) is NOTHING
    assert bottleneck(measured({"active": 8.0, "on_lock": 6.0}, **silent)).name == "locks"
