"""The rule time-proof on all histories that are there: slices here, whole files by hand (SEXTANT_WHOLE_HISTORIES=1)."""

import dataclasses
import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection

from archival.models import ArchiveBatch
from archival.reading import around_elsewhere
from archival.services.restoring import batch_restore
from archival.services.verifying import gaps, ledger
from ontology.api.pages import COUNT_MAX
from ontology.metrics import creator_stats, group_days, group_metrics, thing_activity, thing_audit, thing_summary
from ontology.models import Event, Group, Thing
from ontology.services.limits import limits_settle
from quotas.services.state import group_quotas
from tests.addresses import ROOT
from tests.archival.test_time_proof import RECORDS, pages
from tests.archival.world import run_archive
from tests.factories import make_group, make_membership, make_person
from tests.ontology.api.client import Api
from tests.ontology.loading import load

pytestmark = pytest.mark.django_db
SHIPPED = [ROOT / "ontology" / "demo" / "project.ndjson.gz"]
SHARED = [folder / "shared" / "data" / f"{name}.ndjson.gz" for folder in ROOT.parents for name in ("netbox", "wagtail", "pulpcore", "cdnow-sample")]
FILES = [*SHIPPED, *(path for path in SHARED if path.exists())]
WHOLE = bool(os.environ.get("SEXTANT_WHOLE_HISTORIES"))
LINES = 5_000
MONTHS = 5
THINGS = 8
# Of three pages of a hundred, what is left when the events of restoring up to 24 batches are not looked at.
COMPARED = 250
QUESTIONS = ("limit=100", "limit=100&order=timestamp&fields=id,type,timestamp", "limit=100&type=content_event&before=2019-01-01T00:00:00Z")


def slice_of(path: Path, into: Path) -> Path:
    """The first events of some months of PATH, over all its years, with the things that they name and connections among those: LINES at most."""
    with gzip.open(path) as lines:
        records = [orjson.loads(line) for line in lines]
    events = [it for it in records if it["kind"] == "event"]
    by_month: dict[str, list[dict[str, Any]]] = {}
    for event in sorted(events, key=lambda it: it["timestamp"]):
        by_month.setdefault(f"{datetime.fromtimestamp(event['timestamp'], UTC):%Y-%m}", []).append(event)
    months = list(by_month)[:: max(1, len(by_month) // MONTHS)]
    chosen = [event for month in months for event in by_month[month][: LINES // 3 // MONTHS]]
    named = {event[end] for event in chosen for end in ("actor", "target") if event.get(end)}
    things = [it for it in records if it["kind"] == "thing" and it["external_id"] in named]
    links = [it for it in records if it["kind"] == "connection" and it["from"] in named and it["to"] in named]
    into.write_bytes(b"\n".join(orjson.dumps(it) for it in [*things, *links[: LINES - len(things) - len(chosen)], *chosen]))
    return into


def told(value: Any) -> Any:
    """An answer as plain data, without when and how long it was computed."""
    plain = dataclasses.asdict(value)
    for name in ("last_computed", "computation_time", "next_cursor"):
        plain.pop(name, None)
    return plain


def walked(read: Any, thing: Thing) -> Iterator[Any]:
    """The entries of a paged answer about THING, its first pages."""
    cursor = None
    for _ in range(3):
        page = read(thing, limit=50, cursor=cursor, elsewhere=around_elsewhere)
        page = getattr(page, "events", page)
        yield from ((it.pk, it.timestamp, it.metadata, it.type, it.actor_id, it.target_id) for it in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def used(group: Group) -> dict[str, Any]:
    """What the quotas say, save the calls that this test itself makes, and the age of the oldest hot event, which archiving is there to lower."""
    limits_settle()
    quotas = {name: told(quota) for name, quota in group_quotas(group).quotas.items() if name not in {"api_calls_per_month", "events_retention_days"}}
    assert quotas["entities_total"]["current"] > 0
    return quotas


def own_events(group: Group) -> int:
    return Event.objects.filter(group=group, type__in=RECORDS).count()


def counted(api: Api, group: Group) -> int:
    """What the list counts, save the archive's own events; the list itself counts no further than COUNT_MAX."""
    count = int(api.get(f"groups/{group.slug}/events/?tier=all&count=true&limit=1").json()["count"])
    return count if count == COUNT_MAX else count - own_events(group)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
def test_history__answers_the_same_hot_cold_and_restored(path: Path, tmp_path: Path) -> None:
    group = make_group()
    load(path if WHOLE else slice_of(path, tmp_path / "slice.ndjson"), "--group", group.slug)
    api = Api(make_membership(group, make_person(), role="group_owner").person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor_id FROM ontology_event WHERE group_id = %s GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s", [group.pk, THINGS])
        busiest = list(Thing.objects.filter(pk__in=[key for (key,) in cursor.fetchall() if key]).order_by("pk"))
    busiest += Thing.objects.in_group(group).order_by("-pk")[:2]
    moments = Event.objects.in_group(group).exclude(type="batch_import").order_by("timestamp").values_list("timestamp", flat=True)
    first, last = moments[0], moments.reverse()[0]
    now = datetime(last.year, last.month, last.day, 23, 59, tzinfo=UTC)

    def everything() -> dict[str, Any]:
        return {
            "metrics": told(group_metrics(group, now=now)),
            "days": [told(day) for day in group_days(group, first=first.date(), last=last.date())],
            "quotas": used(group),
            "creators": [told(creator_stats(thing, now=now)) for thing in busiest],
            "summaries": [told(thing_summary(thing)) for thing in busiest],
            "activity": [list(walked(thing_activity, thing)) for thing in busiest],
            "audit": [list(walked(thing_audit, thing)) for thing in busiest],
            "events": [pages(api, group, question)[:COMPARED] for question in QUESTIONS],
            "count": counted(api, group),
        }

    before, hot = everything(), Event.objects.filter(group=group).count()
    run = run_archive(group, size=20_000)
    younger = Event.objects.filter(group=group, timestamp__gte=run.created_at - timedelta(days=365)).exclude(type__in=RECORDS).count()
    left = Event.objects.filter(group=group).exclude(type__in=RECORDS).count()
    cold = everything()
    for batch in ArchiveBatch.objects.filter(group=group, state="archived").order_by("month")[: None if not WHOLE else 24]:
        batch_restore(batch)
    restored = everything()

    assert run.result["totalArchived"] > 100
    assert left == younger == hot - run.result["totalArchived"]
    for answer in before:
        assert cold[answer] == before[answer], answer
        assert restored[answer] == before[answer], answer
    assert gaps(ledger(group)) == []
