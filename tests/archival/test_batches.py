"""A batch on its way, step by step."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from archival.models import ArchiveBatch
from archival.services.batches import Worker, batch_archive, batch_claim
from ontology.metrics import group_revenue
from ontology.models import CarriedEvents, Event, EventsAccepted, Group
from tests.factories import make_event, make_group, make_thing

pytestmark = pytest.mark.django_db
OLD = datetime(2024, 5, 5, 12, tzinfo=UTC)
ME = Worker("me")


def old_events(group: Group, count: int, **fields: object) -> list[Event]:
    thing = make_thing(group)
    return [make_event(group, timestamp=OLD + timedelta(seconds=n), actor=thing, metadata={"n": n, "text": "ä\n\"\x01,"}, external_id=f"e{n}" if n % 2 else None, **fields) for n in range(count)]


def claimed(group: Group, size: int = 100) -> ArchiveBatch:
    found = batch_claim(group, timezone.now() - timedelta(days=365), size=size, worker=ME)
    assert isinstance(found, ArchiveBatch)
    return found


def test_batch__moves_old_events_and_leaves_young_ones(archive: Path) -> None:
    group = make_group()
    old_events(group, 5)
    young = make_event(group, timestamp=timezone.now() - timedelta(days=1))

    batch = batch_archive(claimed(group))

    assert (batch.state, batch.rows, batch.month.isoformat()) == ("archived", 5, "2024-05-01")
    assert list(Event.objects.values_list("id", flat=True)) == [young.pk]
    assert (archive / batch.key).stat().st_size == batch.bytes
    assert CarriedEvents.objects.get().count == 5
    assert sum(EventsAccepted.objects.filter(group=group).values_list("count", flat=True)) == 6
