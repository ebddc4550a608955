"""Every metric on real data, against plain SQL that was written for this test alone, before and after the older half of the events has gone cold."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ontology.metrics import creator_stats, group_days, group_metrics, thing_summary
from ontology.models import Event, Group, Thing
from tests.addresses import ROOT
from tests.cold import events_cool
from tests.factories import make_group
from tests.ontology.loading import load

pytestmark = pytest.mark.django_db

SHIPPED = {name: ROOT / "ontology" / "demo" / f"{name}.ndjson.gz" for name in ("shop", "project")}
SHARED = [folder / "shared" / "data" / f"{name}.ndjson.gz" for folder in ROOT.parents for name in ("wagtail", "pulpcore")]
FILES = [*SHIPPED.values(), *(path for path in SHARED if path.exists())]
CREATORS = 25

OF_CREATOR = """
SELECT
    (SELECT coalesce(sum((metadata ->> 'amount')::numeric), 0) FROM ontology_event WHERE actor_id = c.id AND type = 'payment_event' AND metadata ->> 'status' = 'processed'),
    (SELECT count(*) FROM ontology_connection WHERE type = 'following' AND to_thing_id = c.id AND deleted_at IS NULL),
    (SELECT max("timestamp") FROM ontology_event WHERE actor_id = c.id),
    (SELECT count(DISTINCT CASE type WHEN 'authored' THEN to_thing_id ELSE from_thing_id END) FROM ontology_connection
     WHERE deleted_at IS NULL AND ((type = 'authored' AND from_thing_id = c.id) OR (type = 'created_by' AND to_thing_id = c.id))),
    (SELECT count(*) FROM ontology_event WHERE actor_id = c.id),
    (SELECT coalesce(jsonb_object_agg(type, n), '{}') FROM (SELECT type, count(*) AS n FROM ontology_event WHERE actor_id = c.id GROUP BY type) AS t),
    (SELECT count(*) FROM (
        SELECT day, %(today)s::date - day AS age, row_number() OVER (ORDER BY day DESC) AS place
        FROM (SELECT DISTINCT ("timestamp" AT TIME ZONE 'UTC')::date AS day FROM ontology_event WHERE actor_id = c.id) AS d
     ) AS s WHERE age - place = (SELECT min(age) FROM (SELECT %(today)s::date - ("timestamp" AT TIME ZONE 'UTC')::date AS age FROM ontology_event WHERE actor_id = c.id) AS m WHERE age <= 1) - 1)
FROM ontology_thing AS c WHERE c.id = %(creator)s
"""
OF_GROUP = """
WITH e AS (SELECT * FROM ontology_event WHERE group_id = %(group)s AND "timestamp" <= %(now)s)
SELECT
    (SELECT count(*) FROM e WHERE date_trunc('month', "timestamp", 'UTC') = date_trunc('month', %(now)s, 'UTC')),
    (SELECT count(*) FROM e WHERE "timestamp" >= %(now)s - interval '7 days'),
    (SELECT count(DISTINCT actor_id) FROM e WHERE "timestamp" >= %(now)s - interval '7 days'),
    (SELECT coalesce(sum((metadata ->> 'amount')::numeric), 0) FROM e WHERE type = 'payment_event' AND metadata ->> 'status' = 'processed'
       AND date_trunc('month', "timestamp", 'UTC') = date_trunc('month', %(now)s, 'UTC')),
    (SELECT count(*) FROM e WHERE "timestamp" >= %(now)s - interval '7 days')
       > (SELECT count(*) FROM e WHERE "timestamp" BETWEEN %(now)s - interval '14 days' AND %(now)s - interval '7 days' - interval '1 microsecond'),
    (SELECT count(*) FROM ontology_thing WHERE group_id = %(group)s AND deleted_at IS NULL)
"""
OF_DAYS = """
SELECT ("timestamp" AT TIME ZONE 'UTC')::date, count(*) FROM ontology_event WHERE group_id = %s GROUP BY 1 ORDER BY 1
"""
OF_THING = """
SELECT count(*) FILTER (WHERE to_thing_id = %(thing)s), count(*) FILTER (WHERE from_thing_id = %(thing)s),
    array_agg(DISTINCT type ORDER BY type) FILTER (WHERE to_thing_id = %(thing)s), array_agg(DISTINCT type ORDER BY type) FILTER (WHERE from_thing_id = %(thing)s)
FROM ontology_connection WHERE deleted_at IS NULL
"""


def rows(text: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()


def loaded(path: Path) -> Group:
    group = make_group()
    load(path, "--group", group.slug)
    return group


def busiest(group: Group) -> list[Thing]:
    """The actors with the most events, and one without any."""
    found = rows("SELECT actor_id FROM ontology_event WHERE group_id = %s GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s", [group.pk, CREATORS])
    idle = Thing.objects.in_group(group).exclude(pk__in=Event.objects.filter(actor__isnull=False).values("actor"))[:1]
    return [*Thing.objects.filter(pk__in=[key for (key,) in found if key]), *idle]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_metrics__equal_plain_sql_on_real_data_hot_and_cold(path: Path) -> None:
    group = loaded(path)
    now = Event.objects.in_group(group).exclude(type="batch_import").latest("timestamp").timestamp + timedelta(hours=1)
    creators = busiest(group)
    of_creators = {it.pk: rows(OF_CREATOR, {"creator": it.pk, "today": now.astimezone(UTC).date()})[0] for it in creators}
    ((month, week, actors, revenue, trending, things),) = rows(OF_GROUP, {"group": group.pk, "now": now})
    days = dict(rows(OF_DAYS, [group.pk]))
    middle = Event.objects.in_group(group).order_by("timestamp")[len(days)].timestamp
    for before in (datetime(1971, 1, 1, tzinfo=UTC), middle, now - timedelta(days=15)):
        events_cool(group, before=before)

        for creator in creators:
            stats = creator_stats(creator, now=now)
            expected = of_creators[creator.pk]
            assert (stats.total_revenue, stats.total_followers, stats.last_active, stats.content_count) == expected[:4]
            assert (stats.total_events, stats.events_by_type, stats.current_streak_days) == (expected[4], json.loads(expected[5]), expected[6])
            assert stats.is_active == (stats.last_active is not None and stats.last_active >= now - timedelta(days=30))
            assert stats.account_age == (now - creator.created_at).days
        metrics = group_metrics(group, now=now)
        assert (metrics.events_this_month, metrics.events_this_week, metrics.active_users) == (month, week, actors)
        assert (metrics.revenue_this_month, metrics.trending_up, metrics.total_entities) == (revenue, trending, things)
        assert {row.day: row.events for row in group_days(group, first=min(days), last=max(days)) if row.events} == days


def test_metrics__of_the_shop_by_hand() -> None:
    """The sample of Fader and Hardie: 2,357 payers, 244,091.94 in all. By hand from the file:
    customer-0001 paid 29.33 + 29.73 + 14.96 + 26.48 = 100.50 in 4 purchases, customer-0002 63.34 + 11.77 = 75.11 in 2,
    and customer-1901, the busiest, 6,552.70 in 56.
    """
    group = loaded(SHIPPED["shop"])
    by_hand = {"customer-0001": ("100.5", 4), "customer-0002": ("75.11", 2), "customer-1901": ("6552.7", 56)}

    for before in (datetime(1971, 1, 1, tzinfo=UTC), datetime(1998, 2, 1, tzinfo=UTC)):
        events_cool(group, before=before)
        found = group_days(group, first=datetime(1997, 1, 1, tzinfo=UTC).date(), last=datetime(1998, 6, 30, tzinfo=UTC).date())
        assert sum(day.revenue for day in found) == Decimal("244091.94")
        for name, (revenue, events) in by_hand.items():
            stats = creator_stats(Thing.objects.get(group=group, external_id=name))
            assert (stats.total_revenue, stats.total_events, stats.events_by_type) == (Decimal(revenue), events, {"payment_event": events})
    payers = rows("SELECT count(DISTINCT from_thing_id) FROM ontology_connection WHERE group_id = %s AND type = 'purchased'", [group.pk])
    assert payers == [(2357,)]
    hub = Thing.objects.get(group=group, external_id="product:cd")
    summary = thing_summary(hub, knowledge=True)
    ((inbound, outbound, types, none),) = rows(OF_THING, {"thing": hub.pk})
    assert (summary.inbound_count, summary.outbound_count, summary.total_connections) == (inbound, outbound, 2357)
    assert (summary.connection_types.inbound, summary.connection_types.outbound, summary.knowledge) == (types, none or [], [])
