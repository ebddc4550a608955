"""The archive: moving events out, against COPY … TO and DELETE of the same rows; deleting and recording a small batch."""

import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from archival.models import ArchiveBatch
from archival.services.batches import Busy, Worker, batch_archive, batch_claim, events_leave
from archival.services.restoring import batch_go_cold, batch_restore
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from ontology.services.record import partitions_ensure
from tests.archival.world import old_events, run_archive
from tests.benchmarks.racing import Times
from tests.benchmarks.records import new_group
from tests.benchmarks.report import Goal, Line, Section, milliseconds, ratio_line, yardstick_line

START = datetime(2024, 5, 1, tzinfo=UTC)
ROWS, SMALL = 100_000, 1_000
MONTHS = 4
ROUNDS_MAX = 5


def measure(rounds: int) -> Section:
    """Each measurement in as many ROUNDS, at most ROUNDS_MAX."""
    rounds, folder = min(rounds, ROUNDS_MAX), tempfile.mkdtemp(prefix="sextant-archive-")
    settings.ARCHIVE_URL = Path(folder).as_uri()
    try:
        with acting(PLATFORM_SCOPE):
            lines = [*_end_to_end(rounds), *_small(rounds), *_back_and_forth()]
            return Section("Archive", lines, _remarks())
    finally:
        shutil.rmtree(folder)


def _filled(count: int, *, months: int = 1) -> Group:
    """A group with COUNT events of one month, or of several."""
    group: Group = new_group()
    partitions_ensure([START])
    old_events(group, count, start=START, step=2_600_000 * months / count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ontology_event")
    return group


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _end_to_end(rounds: int) -> list[Line]:
    plain, ours = [], []
    for _ in range(rounds):
        group = _filled(ROWS, months=MONTHS)
        plain.append(_timed(lambda group=group: _copy_and_delete(group)))  # type: ignore[misc]
        group = _filled(ROWS, months=MONTHS)
        ours.append(_timed(lambda group=group: run_archive(group)))  # type: ignore[misc]
    name, yardstick = f"COPY (SELECT …) TO a file and DELETE of {ROWS:,}", Times(tuple(plain))
    ratio = ratio_line(
        f"{ROWS:,} events archived: select, Parquet, local store, read back, carry, delete", Times(tuple(ours)), (name, yardstick), Goal(2, "x")
    )
    return [yardstick_line(name, yardstick), ratio]


def _copy_and_delete(group: Group) -> None:
    with transaction.atomic(), connection.cursor() as cursor, tempfile.TemporaryFile() as out:
        with cursor.copy('COPY (SELECT * FROM ontology_event WHERE group_id = %s ORDER BY "timestamp", id) TO STDOUT', [group.pk]) as parts:
            for part in parts:
                out.write(part)
        out.flush()
        cursor.execute("SELECT set_config('sextant.event_decision', 'archival', true)")
        cursor.execute('DELETE FROM ontology_event WHERE group_id = %s AND "timestamp" >= %s', [group.pk, START])


def archive_all(group: Group, *, size: int | None = None) -> list[ArchiveBatch]:
    """Every old event of GROUP, batch by batch."""
    done, cutoff = [], timezone.now() - timedelta(days=365)
    while (batch := batch_claim(group, cutoff, size=size or settings.ARCHIVE_BATCH_ROWS, worker=Worker("bench"))) is not None:
        assert not isinstance(batch, Busy)
        done.append(batch_archive(batch))
    return done


def _small(rounds: int) -> list[Line]:
    """The closing transaction of a batch of SMALL events: deleted, carried and recorded."""
    times = []
    for _ in range(rounds * 3):
        group = _filled(SMALL)
        (batch,) = archive_all(group)
        back = batch_restore(batch)
        times.append(_timed(lambda back=back: _leave(back)))  # type: ignore[misc]
    goal, measured = Goal(20, "ms"), Times(tuple(times))
    told = f"{SMALL:,} events deleted, carried and recorded in the database"
    return [Line(told, *_told(measured), goal=goal.text, met=goal.verdict(measured.median * 1000))]


def _told(times: Times) -> tuple[str, str, str]:
    return milliseconds(times.median), milliseconds(times.best), f"{times.spread:.0%}"


def _leave(batch: ArchiveBatch) -> None:
    with transaction.atomic():
        events_leave(batch)


def _back_and_forth() -> list[Line]:
    group = _filled(ROWS)
    (first, *_) = archive_all(group)
    out = _timed(lambda: batch_restore(first))
    back = _timed(lambda: batch_go_cold(ArchiveBatch.objects.select_related("group").get(pk=first.pk)))
    return [
        Line(f"a batch of {first.rows:,} events restored", milliseconds(out)),
        Line(f"a restored batch of {first.rows:,} events gone cold again", milliseconds(back)),
    ]


def _remarks() -> list[str]:
    held = ArchiveBatch.objects.filter(state="archived")
    size, events = sum(batch.bytes for batch in held), sum(batch.rows for batch in held)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [f"{events:,} events are {size / 1_000_000:.1f} MB of Parquet. The process of all this never held more than {peak:,.0f} MB."]
