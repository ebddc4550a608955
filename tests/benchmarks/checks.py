"""What the checks of the data cost over a million things, two million connections and ten million events, and whether they find what is planted there."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from monitoring.checks.registry import CHECKS, HOURLY
from monitoring.services.surveying import survey
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from ontology.services.actor import PLATFORM
from ontology.services.record import partitions_ensure
from quotas.models import Subscription
from quotas.services.recount import usage_mend
from tests.benchmarks.racing import WrongRows
from tests.benchmarks.report import Goal, Line, Section, milliseconds
from tests.factories import make_group
from tests.monitoring.planting import DEFECTS
from tests.roles import as_role

GROUPS, THINGS, CONNECTIONS, EVENTS, DAYS = 20, 1_000_000, 2_000_000, 10_000_000, 300
SMALLER_BY = 1
"""For a trial: sizes are divided by it."""
TABLES = ("ontology_thing", "ontology_connection", "ontology_event")
FILL_THINGS = """
INSERT INTO ontology_thing (id, group_id, type, name, properties, status)
SELECT uuidv7(), %(group)s, CASE WHEN n %% 10 = 0 THEN 'creator' ELSE 'product' END, 'Thing ' || n,
    CASE WHEN n %% 10 = 0 THEN jsonb_build_object('role', 'customer', 'email', 'person' || n || '@example.org', 'displayName', 'Person ' || n)
    ELSE jsonb_build_object('price', n * 0.25, 'currency', 'EUR', 'sku', 'sku-' || n) END, 'active'
FROM generate_series(1, %(count)s) AS n
"""
FILL_CONNECTIONS = """
WITH thing AS MATERIALIZED (SELECT array_agg(id ORDER BY id) FILTER (WHERE type = 'creator') AS people,
    array_agg(id ORDER BY id) FILTER (WHERE type = 'product') AS goods FROM ontology_thing WHERE group_id = %(group)s)
INSERT INTO ontology_connection (id, group_id, from_thing_id, to_thing_id, type, metadata)
SELECT uuidv7(), %(group)s, people[1 + n %% cardinality(people)], goods[1 + n / cardinality(people)], 'purchased', '{}'::jsonb
FROM thing, generate_series(0, %(count)s / 2 - 1) AS n
UNION ALL
SELECT uuidv7(), %(group)s, goods[1 + n %% (cardinality(goods) - 1)], goods[cardinality(goods) - (n / cardinality(goods))], 'part_of', '{}'
FROM thing, generate_series(0, %(count)s / 2 - 1) AS n WHERE 1 + n %% (cardinality(goods) - 1) < cardinality(goods) - n / cardinality(goods)
ON CONFLICT DO NOTHING
"""
FILL_EVENTS = """
WITH thing AS MATERIALIZED (SELECT array_agg(id ORDER BY id) FILTER (WHERE type = 'creator') AS people,
    array_agg(id ORDER BY id) FILTER (WHERE type = 'product') AS goods FROM ontology_thing WHERE group_id = %(group)s)
INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, "timestamp", metadata)
SELECT uuidv7(), %(group)s, CASE WHEN n %% 10 = 0 THEN 'user_login' ELSE 'content_event' END, people[1 + n %% cardinality(people)],
    CASE WHEN n %% 10 > 0 THEN goods[1 + n %% cardinality(goods)] END, %(now)s - n * make_interval(days => %(days)s) / %(count)s,
    CASE WHEN n %% 10 = 0 THEN jsonb_build_object('email', 'person' || n || '@example.org') ELSE jsonb_build_object('action', 'viewed', 'n', n) END
FROM thing, generate_series(1, %(count)s) AS n
"""
ACCEPTED = """
INSERT INTO ontology_eventsaccepted (group_id, month, count)
SELECT group_id, date_trunc('month', "timestamp" AT TIME ZONE 'UTC')::date, count(*) FROM ontology_event WHERE group_id = %(group)s GROUP BY 1, 2
"""


def measure(rounds: int) -> Section:
    """All checks and the hourly ones, hot, on one core; then every kind of defect planted and found. Two rounds, of which the second is told."""
    groups = _filled()
    PeriodicTask.objects.update(last_run_at=timezone.now())
    times = {check.name: _seconds(lambda check=check: survey([check]), 2) for check in CHECKS}  # type: ignore[misc]
    clean = {name: sum(counts.values()) for name, counts in survey().counts.items() if counts}
    if clean:
        raise WrongRows(f"False alarms on whole data: {clean}")
    slowest = sorted(times, key=lambda name: -times[name])[:6]
    lines = [
        _line(f"all {len(CHECKS)} checks", sum(times.values()), 60),
        *(_line(f"of them {name}", times[name]) for name in slowest),
        _line(f"the {len(HOURLY)} hourly checks, the platform", _hourly(None), 10),
        _line("the hourly checks, a group of a twentieth", _hourly(groups[0]), 1),
        Line("kinds of defect found with exactly their ids", _found(), "", "", "", "", f"{len(DEFECTS)} of {len(DEFECTS)}", ""),
    ]
    sizes = f"{THINGS // SMALLER_BY:,} things, {CONNECTIONS // SMALLER_BY:,} connections and {EVENTS // SMALLER_BY:,} events in {GROUPS} groups"
    return Section(
        "Checks of the data", lines, [f"Over {sizes}, hot, as the role of jobs behind row-level security, without parallel workers; 0 false alarms."]
    )


def _filled() -> list[Group]:
    """Groups full of whole rows, written past the triggers, with the numbers that these would have kept."""
    groups, now = [make_group() for _ in range(GROUPS)], timezone.now()
    partitions_ensure([now - timedelta(days=days) for days in range(0, DAYS + 31, 10)])
    _triggers("DISABLE")
    for group in groups:
        Subscription.objects.filter(group=group).update(plan_id="enterprise")
        told = {"group": group.pk, "now": now, "days": DAYS}
        for text, count in ((FILL_THINGS, THINGS), (FILL_CONNECTIONS, CONNECTIONS), (FILL_EVENTS, EVENTS), (ACCEPTED, 0)):
            with connection.cursor() as cursor:
                cursor.execute(text, {**told, "count": count // GROUPS // SMALLER_BY})
    _triggers("ENABLE")
    for group in groups:  # its event is counted as every event is
        with acting(PLATFORM_SCOPE):
            usage_mend(group, actor=PLATFORM)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    return groups


def _triggers(word: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass")
        for table in (*TABLES, *(name for (name,) in cursor.fetchall())):
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")


def _seconds(act: Callable[[], object], rounds: int) -> float:
    """The seconds of the last of so many rounds, as a job does it, on one core."""
    taken = 0.0
    for _ in range(rounds):
        with as_role("worker"), acting(PLATFORM_SCOPE):
            connection.connection.execute("SET max_parallel_workers_per_gather = 0")
            began = time.perf_counter()
            act()
            taken = time.perf_counter() - began
    return taken


def _hourly(group: Group | None) -> float:
    return _seconds(lambda: survey(HOURLY, group=group, since=timezone.now() - timedelta(days=2)), 2)


def _found() -> str:
    """Plants every kind of defect in a transaction that is taken back, each looked for by all checks of its tables; how many were found."""
    right = 0
    for name, plant in DEFECTS.items():
        with transaction.atomic():
            planted = plant(make_group(), make_group())
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with as_role("worker"), acting(PLATFORM_SCOPE):
                rows = survey([check for check in CHECKS if check.name == name], limit=1000).rows[name]
            right += {row.record_id for row in rows} == planted.ids
            transaction.set_rollback(True)
    return f"{right} of {len(DEFECTS)}"


def _line(name: str, seconds: float, limit_seconds: float | None = None) -> Line:
    goal = Goal(limit_seconds * 1000, "ms") if limit_seconds else None
    return Line(name, milliseconds(seconds), "", "", "", "", goal.text if goal else "", goal.verdict(seconds * 1000) if goal else "")
