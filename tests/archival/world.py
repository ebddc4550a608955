"""Events old enough to archive, and what every reader must see of them."""

import itertools
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from archival.cold import Question, find_archived
from archival.models import ArchiveBatch
from archival.services.archive_job import ArchiveJob
from archival.services.batches import Busy, Worker, batch_archive, batch_claim
from archival.services.runs import archive_start
from archival.services.verifying import gaps, ledger
from ontology.models import Event, Group, Run, Thing
from ontology.services.actor import PLATFORM
from ontology.services.record import partitions_ensure
from ontology.services.runs import Driver
from tests.factories import make_event, make_thing

OLD = datetime(2024, 5, 5, 12, tzinfo=UTC)
ME = Worker("me")
RECORDS = ("archival_completed", "archival_failed", "events_restored", "settings_updated")
"""Types of the events that archival writes about its own acts."""
_salts = (f"{n}-" for n in itertools.count())
MANY = """
INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, "timestamp", metadata, external_id)
SELECT uuidv7(), %(group)s, (ARRAY['content_event', 'product_purchased', 'thing_viewed'])[1 + n %% 3], %(actor)s, %(target)s,
    %(start)s::timestamptz + n * %(step)s * interval '1 second',
    jsonb_build_object('n', n, 'amount', n * 0.25, 'text', 'ä "quoted", and more ' || md5(n::text)), CASE WHEN n %% 2 = 0 THEN 'e-' || %(salt)s || n END
FROM generate_series(1, %(count)s) AS n
"""


def old_events(group: Group, count: int, *, start: datetime = OLD, step: float = 60.0, actor: Thing | None = None) -> None:
    """COUNT events of GROUP, STEP seconds apart."""
    actor, target = actor or make_thing(group), make_thing(group)
    partitions_ensure([start + timedelta(days=n) for n in range(0, int(count * step / 86400) + 32, 5)])
    with connection.cursor() as cursor:
        cursor.execute(
            MANY, {"group": group.pk, "actor": actor.pk, "target": target.pk, "start": start, "step": step, "count": count, "salt": next(_salts)}
        )


def odd_events(group: Group) -> list[Event]:
    """Events that are hard on every format: quotes, control characters, empty and missing texts, nothing named, big and small numbers."""
    thing = make_thing(group)
    odd = [{}, {"a": None, "ü\n": '"\x01,\r\n\\'}, {"n": 123456789012345678901234567890, "f": 1e-7, "deep": {"er": [1, [2, {}]]}}, {"empty": ""}]
    return [
        make_event(group, timestamp=OLD + timedelta(microseconds=n), actor=thing if n % 2 else None, metadata=metadata, external_id=external_id)
        for n, (metadata, external_id) in enumerate(zip(odd, ["", None, '"quoted",\n', "ä"], strict=True))
    ]


def claimed(group: Group, size: int = 1000) -> ArchiveBatch:
    """A batch of what is older than a year."""
    found = batch_claim(group, timezone.now() - timedelta(days=365), size=size, worker=ME)
    assert isinstance(found, ArchiveBatch), found
    return found


def archived(group: Group, size: int = 1000) -> list[ArchiveBatch]:
    """Everything of GROUP that is older than a year, archived."""
    done = []
    while (found := batch_claim(group, timezone.now() - timedelta(days=365), size=size, worker=ME)) is not None:
        assert not isinstance(found, Busy)
        done.append(batch_archive(found))
    return done


def run_archive(group: Group | None = None, *, size: int | None = None, days: int | None = None) -> Run:
    """A whole run, in this process."""
    run, _ = archive_start(actor=PLATFORM, group=group, batch_size=size, days=days, foreground=True)
    return Driver(ArchiveJob()).drive(run.pk)


def hot_rows(group: Group) -> list[tuple[object, ...]]:
    """Every hot event of a group, whole, save what the platform records of its own acts."""
    return list(
        Event.objects.filter(group=group)
        .exclude(type__startswith="archival_")
        .exclude(type="events_restored")
        .order_by("timestamp", "id")
        .values_list()
    )


def seen(group: Group) -> Counter[uuid.UUID]:
    """How often a reader of both tiers sees each event."""
    own = Event.objects.filter(group=group).exclude(type__in=RECORDS)
    cold = find_archived(Question(group, limit=1_000_000))
    return Counter([*own.values_list("id", flat=True), *(event.id for event in cold)])


def assert_whole(group: Group, count: int) -> None:
    """Each of COUNT events is seen once, and the ledger adds up."""
    found = seen(group)
    assert set(found.values()) <= {1}
    assert len(found) == count
    assert gaps(ledger(group)) == []


def objects_in(folder: Path) -> list[Path]:
    """The objects of a local archive."""
    return sorted(folder.rglob("*.parquet"))


def archive_folder() -> Path:
    """Where the archive of this test lies."""
    return Path(settings.ARCHIVE_URL.removeprefix("file://"))
