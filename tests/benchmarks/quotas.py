"""What counting costs: a bulk call with and without its triggers, writers side by side, questions of small and big groups, a request's count."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import orjson
from django.db import connection
from django.utils import timezone

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Thing
from ontology.services.things import things_insert
from quotas.models import Override, Subscription
from quotas.services.calls import call_count
from quotas.services.checking import check_can_create, check_can_store
from quotas.services.state import group_quotas
from tests.benchmarks.racing import Call, Contender, Times, race
from tests.benchmarks.records import new_group, thing_items
from tests.benchmarks.report import Goal, Line, Section, ratio_line, yardstick_line
from tests.benchmarks.things import things_call
from tests.factories import make_membership

TRIGGERS = ("usage_counts_inserts", "usage_counts_updates", "usage_counts_deletes")
WRITERS, SECONDS, TURNS, SMALL, BIG = 16, 4.0, 5, 100, 1_000_000
FAR_AWAY = 10_000_000
SIZE = 10_000


def measure(rounds: int) -> Section:
    """Every number of the quotas: goals are those of their document."""
    return Section(
        "Quotas",
        [*_bulk(rounds), *_writers(), *_questions(rounds), *_calls(rounds)],
        [
            "Without counting: the triggers of usage are dropped from the tables for that call. Writers are processes that write one thing a transaction "
            f"into one group for {SECONDS:.0f} s, beside one another, in {TURNS} turns; limited: under a hard limit that is far away. Their ratio is the middle "
            "one of the turns, their spread the distance of the best turn from the worst.",
        ],
    )


@contextmanager
def uncounted() -> Iterator[None]:
    """The tables without the triggers of usage."""
    _switch("DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE")


def _switch(word: str) -> None:
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            cursor.execute(f"ALTER TABLE ontology_thing {word} TRIGGER {trigger}")  # words of ours


def _bulk(rounds: int) -> list[Line]:
    text = orjson.dumps(thing_items(SIZE))

    def counted(group: Group) -> None:
        things_insert(group, orjson.loads(text), default_status="active")

    def plain(plan: str) -> Call:
        group = new_group()
        Subscription.objects.update_or_create(group=group, defaults={"plan_id": plan})
        return things_call(counted, group, bound=True)

    def bare() -> Call:
        group = new_group()
        call = things_call(counted, group, bound=True)
        _switch("DISABLE")
        return Call(call.run, partial(_count_and_enable, group), group)

    contenders = [
        Contender("bare", SIZE, bare),
        Contender("unlimited", SIZE, partial(plain, "enterprise")),
        Contender("limited", SIZE, partial(plain, "pro")),
    ]
    times = race(contenders, 2 * rounds)
    yardstick = ("without counting", times["bare"])
    return [
        yardstick_line("things_insert of 10,000 without counting", times["bare"]),
        ratio_line("the same, counted, without a limit", times["unlimited"], yardstick, Goal(1.1, "x")),
        ratio_line("the same, counted, under a hard limit", times["limited"], yardstick, Goal(1.1, "x")),
    ]


def _count_and_enable(group: Group) -> int:
    _switch("ENABLE")
    return int(Thing.objects.in_group(group).count())


def _writers() -> list[Line]:
    """Each kind in every turn, so that a noisy moment meets all of them; a share is the middle one of its turns."""
    kinds: dict[str, Callable[[], float]] = {
        "bare": _throughput_bare,
        "unlimited": partial(_throughput, None),
        "limited": partial(_throughput, FAR_AWAY),
    }
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    for turn in range(TURNS):
        for place in range(len(kinds)):
            kind = list(kinds)[(place + turn) % len(kinds)]
            found[kind].append(kinds[kind]())
    shown = f"{WRITERS} writers"
    return [
        Line(f"{shown}, without counting", *_turns(found["bare"]), ratio="1"),
        Line(f"{shown}, without a limit", *_turns(found["unlimited"]), "without counting", *_share(found["unlimited"], found["bare"], 0.75)),
        Line(f"{shown}, under one hard limit", *_turns(found["limited"]), "without counting", *_share(found["limited"], found["bare"], 0.6)),
    ]


def _turns(found: list[float]) -> tuple[str, str, str]:
    middle = statistics.median(found)
    return f"{middle:,.0f} a second", f"{max(found):,.0f} a second", f"{(max(found) - min(found)) / middle:.0%}"


def _share(measured: list[float], yardstick: list[float], goal: float) -> tuple[str, str, str]:
    share, middle = Goal(goal, "x", at_most=False), statistics.median(one / other for one, other in zip(measured, yardstick, strict=True))
    return f"{middle:.2f}", share.text, share.verdict(middle)


def _throughput_bare() -> float:
    with uncounted():
        return _throughput(None)


def _throughput(limit: int | None) -> float:
    """Things a second of WRITERS processes that write one a transaction into one group."""
    group = new_group()
    if limit is not None:
        Override.objects.create(group=group, metric="entities_total", value=limit, reason="Bench", starts_at=timezone.now())
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.time() + 1
        pids = [_writer(group, begin, Path(folder) / str(place)) for place in range(WRITERS)]
        for pid in pids:
            os.waitpid(pid, 0)
        return sum(int(path.read_text()) for path in Path(folder).iterdir()) / SECONDS


def _writer(group: Group, begin: float, told: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    written = 0
    with acting(PLATFORM_SCOPE), connection.cursor() as cursor:
        time.sleep(max(0.0, begin - time.time()))
        while time.time() < begin + SECONDS:
            cursor.execute(
                "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) VALUES (uuidv7(), %s, 'note', 'N', '{}', 'active')",
                [group.pk],
            )
            written += 1
    told.write_text(str(written))
    os._exit(0)


def _questions(rounds: int) -> list[Line]:
    small, big = new_group(), new_group()
    for group, count in ((small, SMALL), (big, BIG)):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) "
                "SELECT uuidv7(), %s, 'note', 'Thing', '{}', 'active' FROM generate_series(1, %s)",
                [group.pk, count],
            )
    lines: list[Line] = []
    asked: dict[str, Callable[[Group], object]] = {
        "group_quotas": group_quotas,
        "check_can_create": lambda group: check_can_create(group, "entities_total"),
        "check_can_store": lambda group: check_can_store(group, 1),
    }
    for name, ask in asked.items():
        little, much = _asked_in_turns(ask, small, big, 30 * rounds)
        lines.append(ratio_line(f"{name}, a million things", much, ("a hundred things", little), Goal(1.2, "x")))
    return lines


def _asked_in_turns(ask: Callable[[Group], object], small: Group, big: Group, turns: int) -> tuple[Times, Times]:
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 5):
        for place, group in enumerate((small, big)):
            begun = time.perf_counter()
            ask(group)
            if turn >= 5:
                seconds[place].append(time.perf_counter() - begun)
    return Times(tuple(seconds[0])), Times(tuple(seconds[1]))


def _calls(rounds: int) -> list[Line]:
    lines = []
    for plan in ("enterprise", "pro"):
        group = new_group()
        Subscription.objects.update_or_create(group=group, defaults={"plan_id": plan})
        person, seconds = make_membership(group).person, []
        with acting(PLATFORM_SCOPE):
            for turn in range(50 * rounds + 20):
                begun = time.perf_counter()
                call_count(group, person)
                if turn >= 20:
                    seconds.append(time.perf_counter() - begun)
        times, goal = Times(tuple(seconds)), Goal(1, "ms")
        shown = (f"{times.median * 1000:.2f} ms", f"{times.best * 1000:.2f} ms", f"{times.spread:.0%}")
        lines.append(Line(f"counting a call, plan {plan}", *shown, "", "", goal.text, goal.verdict(times.median * 1000)))
    return lines
