"""test_elasticity: more connections serve more, what is too few is named, and the words of the command."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from config import elasticity
from config.servers import Servers
from tests.addresses import ROOT, surroundings

pytestmark = pytest.mark.django_db(transaction=True)


def on_the_tests_database() -> elasticity.Scratch:
    """The servers that are there, instead of some that would be made for it; nothing of them is started anew."""
    servers = Servers(ROOT / "var" / "test", Path(sys.executable), {})
    addresses = {name: value for name, value in surroundings().items() if name.startswith("DATABASE_") and name.endswith("_URL")}
    return elasticity.Scratch(servers, {**addresses, "REPLICA_URL": "", "WATCH_FROM_WEB": "0"}, servers.postgres())


def test_pool__too_small_is_named_and_enough_is_found() -> None:
    told: list[str] = []
    sizes = elasticity.Sizes(seconds=4, users=10, things=50, pools=(2, 16))
    found = elasticity._pool(on_the_tests_database(), sizes, told.append)

    few, many = found["steps"]
    assert (few["step"], many["step"], told) == ("2", "16", ["pool of 2 connections ...", "pool of 16 connections ..."])
    assert few["waited_percent"] > many["waited_percent"]
    assert found["enough"] in {"2", "16"}
    assert "Raise DATABASE_POOL" in found["act"]
    # Ten people write at once: one may find a row changed meanwhile (409), or its line closed at the end. The server itself must not fail.
    assert [kind for line in found["steps"] for kind in line["errors"] if kind.startswith("5") and not kind.startswith("503")] == []
    assert all(line["failed"] <= 3 for line in found["steps"]), found["steps"]


FOUND = {
    "cache": {
        "steps": [
            {"step": "2MB", "requests_per_second": 10.0, "p95_ms": 90.0, "hit_percent": 80.5, "refused": 0, "failed": 0, "bottleneck": "disk"},
            {"step": "8MB", "requests_per_second": 1200.0, "p95_ms": 30.0, "hit_percent": None, "refused": 1, "failed": 0, "bottleneck": "none"},
        ],
        "enough": "8MB",
        "act": "Act.",
    }
}


def measure(say: Any, sizes: elasticity.Sizes, parts: tuple[str, ...]) -> dict[str, Any]:
    """Stands in for minutes of measuring: what the command makes of it is looked at."""
    say(f"{parts} {sizes.caches} {sizes.seconds}")
    return FOUND


Sizes = elasticity.Sizes


@override_settings(ELASTICITY=f"{__name__}.measure")
def test_command__prints_a_table_with_the_threshold() -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("test_elasticity", "--only", "cache", "--steps", "2MB,8MB", "--seconds", "3", stdout=out, stderr=err)

    lines = [line.split() for line in out.getvalue().splitlines()]
    assert "('cache',) ('2MB', '8MB') 3.0" in err.getvalue()
    assert lines[2] == ["2MB", "10.0", "90", "80.5", "%", "0", "0", "disk"]
    assert lines[3] == ["8MB", "1,200.0", "30", "-", "1", "0", "none", "<"]
    assert lines[4] == ["Act."]


@override_settings(ELASTICITY=f"{__name__}.measure")
@pytest.mark.parametrize("words", [["--steps", "10"], ["--only", "pool", "--steps", "many"]], ids=["no part", "no number"])
def test_command__refuses_steps_of_nothing(words: list[str]) -> None:
    with pytest.raises(CommandError, match="--steps are those of one part"):
        call_command("test_elasticity", *words, stdout=io.StringIO(), stderr=io.StringIO())
