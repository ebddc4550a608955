"""What computed reads cost: each in a small group beside a large one, and search by meaning beside the exact answer."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ontology.isolation import acting
from ontology.metrics import creator_stats, group_churn, group_days, group_forecast, group_metrics, thing_activity, thing_relationships
from ontology.models import EmbeddingModel, Group, Thing
from ontology.services.knowledge_search import knowledge_search
from ontology.services.record import partitions_ensure
from quotas.models import Subscription
from tests.benchmarks.racing import Times
from tests.benchmarks.report import Goal, Line, Section, milliseconds, ratio_line, yardstick_line
from tests.factories import make_group
from tests.roles import as_role, scope_of

SMALL, LARGE = 100, 1_000_000
VECTORS, DIM, CENTRES, QUERIES, NEAREST = 100_000, 384, 1_000, 30, 10
THINGS = """
INSERT INTO ontology_thing (id, group_id, type, name, properties, status)
SELECT uuidv7(), %(group)s, CASE WHEN n <= 900 THEN 'creator' ELSE 'blog_post' END, 'T' || n, '{}', 'active' FROM generate_series(1, %(things)s) AS n
"""
EVENTS = """
INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, "timestamp", metadata)
SELECT uuidv7(), %(group)s, CASE WHEN n %% 10 = 0 THEN 'payment_event' ELSE 'content_event' END,
    CASE WHEN n <= 20 THEN ids[1] ELSE ids[2 + n %% 899] END, ids[901 + n %% 100], %(now)s - n * interval '24 days' / %(events)s,
    CASE WHEN n %% 10 = 0 THEN '{"status": "processed", "amount": 12.5, "currency": "USD"}' ELSE '{"action": "viewed"}' END::jsonb
FROM generate_series(1, %(events)s) AS n, (SELECT array_agg(id ORDER BY id) AS ids FROM ontology_thing WHERE group_id = %(group)s) AS known
"""
LINKS = """
INSERT INTO ontology_connection (id, group_id, from_thing_id, to_thing_id, type, metadata)
SELECT uuidv7(), %(group)s, id, %(hub)s, 'purchased', '{}' FROM ontology_thing WHERE group_id = %(group)s AND id <> %(hub)s
"""
PIECES = """
WITH centre AS MATERIALIZED (
    SELECT n, ARRAY(SELECT 2 * random() - 1 FROM generate_series(1, %(dim)s) WHERE n >= 0) AS point FROM generate_series(0, %(centres)s - 1) AS n
)
INSERT INTO ontology_knowledge (id, group_id, type, text, embedding, embedding_model, embedding_dim, chunk, labels, metadata)
SELECT uuidv7(), %(group)s, 'vector_only', '', ARRAY(SELECT x + 0.6 * (2 * random() - 1) FROM unnest(point) AS x WHERE place >= 0)::vector,
    'measured', %(dim)s, '{}', '{}', '{}'
FROM generate_series(1, %(vectors)s) AS place JOIN centre ON centre.n = place %% %(centres)s
"""
NEAREST_EXACTLY = "SELECT id FROM ontology_knowledge WHERE group_id = %s ORDER BY embedding <=> %s::vector, id LIMIT %s"
ASKED = """
SELECT ARRAY(SELECT x + 0.3 * (2 * random() - 1) FROM unnest(embedding::real[]) AS x)::vector::text
FROM ontology_knowledge WHERE group_id = %s ORDER BY random() LIMIT %s
"""


def measure(rounds: int) -> Section:
    """In groups of a hundred and of a million events, at hubs of a hundred and of a million links, over 100,000 vectors."""
    now = timezone.now()
    small, large = _happening(SMALL), _happening(LARGE)
    first = now.date() - timedelta(days=29)
    lines: list[Line] = []
    reads: list[tuple[str, Callable[[Group], object], Goal | None, Goal | None]] = [
        ("stats of a creator of 20 events", lambda group: creator_stats(_first(group)), Goal(1.2, "x"), None),
        ("activity of a thing, 20 events", lambda group: thing_activity(_first(group)), Goal(1.2, "x"), None),
        ("metrics of a group", group_metrics, None, Goal(250, "ms")),
        ("30 days of a group", lambda group: group_days(group, first=first, last=now.date()), None, None),
        ("forecasts of a group", group_forecast, None, None),
        ("a page of who is likely to stay away", group_churn, None, None),
    ]
    for name, read, ratio, limit in reads:
        lines += _pair(name, read, small, large, rounds, ratio, limit)
    few, many = _hub(SMALL), _hub(LARGE)
    hubs = {group: _first(group) for group in (few, many)}
    lines += _pair("relationships of a hub, a page", lambda group: thing_relationships(hubs[group]), few, many, rounds, None, Goal(10, "ms"), "links")
    lines += _search(rounds)
    remarks = [
        f"Behind a sealed scope and row-level security, as requests are. A tenth of the events bring revenue. The vectors lie around {CENTRES:,} centres,"
        " as those of texts do; of vectors spread evenly over 384 dimensions the index found a half to four fifths, which no such index helps.",
    ]
    return Section("Computed reads", lines, remarks)


def _pair(
    name: str, read: Callable[[Group], object], small: Group, large: Group, rounds: int, ratio: Goal | None, limit: Goal | None, of: str = "events"
) -> list[Line]:
    few, many = (_timed(lambda group=group: read(group), group, rounds) for group in (small, large))  # type: ignore[misc]
    one = yardstick_line(f"{name}, of {SMALL:,} {of}", few)
    other = ratio_line(f"{name}, of {LARGE:,} {of}", many, (milliseconds(few.median), few), ratio)
    if limit is not None:
        other = replace(other, goal=limit.text, met=limit.verdict(many.best * 1000))
    return [one, other]


def _timed(act: Callable[[], object], group: Group, rounds: int) -> Times:
    seconds = []
    for turn in range(3 * rounds + 1):
        with transaction.atomic(), as_role(), acting(scope_of(group)):
            begun = time.perf_counter()
            act()
            seconds += [time.perf_counter() - begun] if turn else []
    return Times(tuple(seconds))


def _first(group: Group) -> Thing:
    """The thing that the reads are about: the first made."""
    found: Thing = Thing.objects.filter(group=group).order_by("id")[0]
    return found


def _group() -> Group:
    """A group without a limit."""
    group = make_group()
    Subscription.objects.create(group=group, plan_id="enterprise")
    return group


def _happening(events: int) -> Group:
    group, now = _group(), timezone.now()
    partitions_ensure([now, now - timedelta(days=31)])
    _run(THINGS, {"group": group.pk, "things": 1_000})
    _run(EVENTS, {"group": group.pk, "events": events, "now": now})
    _run("VACUUM ANALYZE ontology_event", {})
    return group


def _hub(links: int) -> Group:
    group = _group()
    _run(THINGS, {"group": group.pk, "things": links + 1})
    _run(LINKS, {"group": group.pk, "hub": _first(group).pk})
    _run("VACUUM ANALYZE ontology_thing, ontology_connection", {})
    return group


def _search(rounds: int) -> list[Line]:
    group = _group()
    EmbeddingModel.objects.get_or_create(name="measured", dim=DIM)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [f"knowledge_nearest_{DIM}"])
        (made,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX knowledge_nearest_{DIM}")
        cursor.execute(PIECES, {"group": group.pk, "dim": DIM, "centres": CENTRES, "vectors": VECTORS})
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(made)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("VACUUM ANALYZE ontology_knowledge")
        cursor.execute(ASKED, [group.pk, QUERIES])
        questions = [text for (text,) in cursor.fetchall()]
    exact, truth = _exact(group, questions, rounds)
    seconds, right = [], 0
    for turn in range(rounds + 1):
        for question, known in zip(questions, truth, strict=True):
            asked = {"embedding": [float(number) for number in question[1:-1].split(",")], "model": "measured", "limit": NEAREST}
            with transaction.atomic(), as_role(), acting(scope_of(group)):
                begun = time.perf_counter()
                found = knowledge_search(group, asked)
                seconds += [time.perf_counter() - begun] if turn else []
            right += len(known & {key for key, _ in found}) if turn == 1 else 0
    recall, near = right / (NEAREST * QUERIES), Times(tuple(seconds))
    limit, least = Goal(20, "ms"), Goal(0.95, "", at_most=False)
    name = f"search of {VECTORS:,} vectors of {DIM} numbers"
    return [
        yardstick_line(f"{name}, each compared", exact),
        ratio_line(f"{name}, by the index", near, (milliseconds(exact.median), exact)),
        Line(f"{name}, by the index", milliseconds(near.median), milliseconds(near.best), "", "", "", limit.text, limit.verdict(near.median * 1000)),
        Line(f"recall of that among the {NEAREST} nearest", f"{recall:.3f}", "", "", "", "", least.text.strip(), least.verdict(recall)),
    ]


def _exact(group: Group, questions: list[str], rounds: int) -> tuple[Times, list[set[object]]]:
    """How long comparing every vector takes, each question once a round, and what is right."""
    seconds, truth = [], []
    for question in questions * rounds:
        with connection.cursor() as cursor:
            begun = time.perf_counter()
            cursor.execute(NEAREST_EXACTLY, [group.pk, question, NEAREST])
            truth.append({key for (key,) in cursor.fetchall()})
            seconds.append(time.perf_counter() - begun)
    return Times(tuple(seconds)), truth[: len(questions)]


def _run(text: str, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters or None)
