"""Hot queries beside ten million events that went cold, against the same queries before any were old."""

import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection
from django.utils import timezone

from archival.models import ArchiveBatch
from archival.services.restoring import batch_restore
from archival.services.verifying import gaps, ledger
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.metrics import group_metrics
from ontology.models import Event, Group
from tests.archival.world import old_events, run_archive
from tests.benchmarks.racing import Times
from tests.benchmarks.records import new_group
from tests.benchmarks.report import Goal, Line, Section, ratio_line, yardstick_line

COLD, HOT, PIECE = 10_000_000, 200_000, 1_000_000
ASKED = 40
DAYS_HOT = 300
DAYS_A_PIECE = 60


def measure(rounds: int) -> Section:
    """One pass, whatever ROUNDS say: each question is asked ASKED times, after as many that warm it up. Takes some ten minutes and 10 GB of disk."""
    folder = tempfile.mkdtemp(prefix="sextant-archive-")
    settings.ARCHIVE_URL = Path(folder).as_uri()
    try:
        with acting(PLATFORM_SCOPE):
            return Section(f"Hot queries beside {COLD:,} cold events", *_measured())
    finally:
        shutil.rmtree(folder)


def _measured() -> tuple[list[Line], list[str]]:
    group: Group = new_group()
    start = timezone.now() - timedelta(days=DAYS_HOT)
    old_events(group, HOT, start=start, step=DAYS_HOT * 86_400 / HOT)
    before = _asked(group)
    seconds = sum(_piece(group, number) for number in range(COLD // PIECE))
    after = _asked(group)
    cold = sum(batch.rows for batch in ArchiveBatch.objects.filter(group=group, state="archived"))
    assert cold == COLD, cold
    assert gaps(ledger(group)) == []
    lines = []
    for name, yardstick in before.items():
        lines.append(yardstick_line(f"{name}, no cold events", yardstick))
        goal = None if name == "metrics of the group" else Goal(1.1, "x")
        lines.append(ratio_line(f"{name}, {COLD:,} cold", after[name], (f"{name}, no cold events", yardstick), goal))
    return lines, [f"{COLD / seconds:,.0f} events a second were archived, whole runs of {PIECE:,}. {_again(group)} {_peak()}"]


def _asked(group: Group) -> dict[str, Times]:
    """Seconds of each question, ASKED times, settled statistics behind it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ontology_event")
    recent, rows = timezone.now() - timedelta(days=30), Event.objects.filter(group=group)
    questions: dict[str, Callable[[], object]] = {
        "the latest page": lambda: list(rows.order_by("-timestamp", "-id")[:20]),
        "the latest page of a type": lambda: list(rows.filter(type="content_event").order_by("-timestamp", "-id")[:20]),
        "a count of the last month": lambda: rows.filter(timestamp__gte=recent).count(),
        "metrics of the group": lambda: group_metrics(group),
    }
    return {name: Times(tuple(_timed(ask) for _ in range(2 * ASKED))[ASKED:]) for name, ask in questions.items()}


def _piece(group: Group, number: int) -> float:
    """Writes PIECE old events and archives them; the seconds of the archiving."""
    start = datetime(2017, 1, 3, tzinfo=UTC) + timedelta(days=DAYS_A_PIECE * number)
    old_events(group, PIECE, start=start, step=DAYS_A_PIECE * 86_400 / PIECE)
    return _timed(lambda: run_archive(group))


def _again(group: Group) -> str:
    """A batch brought back when all are cold, to tell that depth does not slow that down."""
    batch = ArchiveBatch.objects.filter(group=group, state="archived").order_by("-rows").first()
    assert batch is not None
    took = median([_timed(lambda: batch_restore(batch))])
    return f"A batch of {batch.rows:,} came back in {took:.1f} s."


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _peak() -> str:
    return f"The process of all this never held more than {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB."
