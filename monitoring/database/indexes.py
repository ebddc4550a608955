"""The health of indexes: invalid, duplicate, overlapping, unused and bloated ones, each with the statement that mends it and the one that undoes that."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from monitoring.choices import RelationKind
from monitoring.database.overview import BloatLine, bloat
from monitoring.models import RelationSample
from monitoring.sql import rows

UNUSED_DAYS = 30
OVERLAP_BYTES = 1_000_000
"""Smaller ones that another does the work of cost nothing worth a word; two that are the same are told at any size."""
BLOAT_PERCENT = 20.0
BLOAT_BYTES = 8_000_000
"""From both on an index is told, and rebuilt on Sundays: a fresh one that was filled in no order is a fifth empty by its nature, and small ones cost nothing."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index as the catalog tells it; `shape` is what makes two the same but for their columns."""

    oid: int
    name: str
    table: str
    definition: str
    method: str
    is_unique: bool
    is_constraint: bool
    is_valid: bool
    columns: tuple[str, ...]
    predicate: str
    included: tuple[str, ...]
    classes: str
    size_bytes: int
    serves_key: bool
    is_partitioned: bool

    @property
    def is_rule(self) -> bool:
        """Whether a rule of the data stands on it."""
        return self.is_unique or self.is_constraint

    @property
    def drop(self) -> str:
        """The statement that removes it, without making writers wait where that is possible."""
        return f"DROP INDEX {'' if self.is_partitioned else 'CONCURRENTLY '}{_quoted(self.name)};"

    @property
    def make(self) -> str:
        """The statement that makes it again."""
        if self.is_partitioned:
            return f"{self.definition};"
        return re.sub(r"^CREATE (UNIQUE )?INDEX ", lambda found: f"{found[0]}CONCURRENTLY ", self.definition) + ";"


@dataclass(frozen=True, slots=True)
class IndexFinding:
    """Something about an index: `kind` is invalid, duplicate, overlapping, unused, bloated or missing; `do` mends it, `undo` brings back what was."""

    kind: str
    name: str
    table: str
    size_bytes: int
    reason: str
    do: str
    undo: str


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """All findings, and what could not be told yet: `days_watched` of UNUSED_DAYS are there to tell unused indexes by."""

    findings: Sequence[IndexFinding]
    indexes: int
    size_bytes: int
    days_watched: int
    unused_percent: float


def indexes_now() -> list[Index]:
    """The indexes of the application; one query."""
    found = []
    for row in rows("indexes_now", {}):
        oid, name, table, text, method, unique, constraint, valid, columns, predicate, included, classes, size, serves, partitioned = row
        shape = (tuple(columns), predicate, tuple(included), classes)
        found.append(Index(oid, name, table, text, method, unique, constraint, valid, *shape, size, serves, partitioned))
    return found


def index_health() -> IndexHealth:
    """What is wrong with the indexes today; five queries and a look at bloat."""
    indexes = indexes_now()
    by_table: dict[str, list[Index]] = {}
    for index in indexes:
        by_table.setdefault(index.table, []).append(index)
    invalid = [_invalid(index) for index in indexes if not index.is_valid]
    sound = [index for index in indexes if index.is_valid]
    redundant = [finding for table in by_table.values() for finding in _redundant([index for index in table if index.is_valid])]
    days, unused = _unused(sound, {finding.name for finding in redundant})
    bloated = [_bloated(line) for line in bloat() if is_worth_rebuilding(line)]
    count = len(indexes)
    return IndexHealth(
        findings=[*invalid, *redundant, *unused, *bloated],
        indexes=count,
        size_bytes=sum(index.size_bytes for index in indexes),
        days_watched=days,
        unused_percent=round(100 * len(unused) / count, 1) if count else 0.0,
    )


def _invalid(index: Index) -> IndexFinding:
    reason = "It was never finished, so no query uses it, and every write pays for it. Make it again, or drop it."
    return IndexFinding(
        "invalid", index.name, index.table, index.size_bytes, reason, f"REINDEX INDEX CONCURRENTLY {_quoted(index.name)};", index.drop
    )


def _redundant(indexes: Sequence[Index]) -> list[IndexFinding]:
    """Of the indexes of one table, those that another does the work of: the same again, or the first columns of a longer one."""
    found: list[IndexFinding] = []
    gone: set[int] = set()
    for index in sorted(indexes, key=lambda it: (it.is_rule, it.name), reverse=False):
        if index.is_rule:
            continue
        for other in indexes:
            if other.oid == index.oid or other.oid in gone:
                continue
            kind = _does_the_work(other, index)
            if kind == "duplicate" or (kind and index.size_bytes >= OVERLAP_BYTES):
                words = "is the same" if kind == "duplicate" else f"begins with the same columns ({', '.join(index.columns)})"
                reason = f"{other.name} {words}, so it answers what this one answers; every write pays for both."
                found.append(IndexFinding(kind, index.name, index.table, index.size_bytes, reason, index.drop, index.make))
                gone.add(index.oid)
                break
    return found


def _does_the_work(other: Index, index: Index) -> str:
    """`duplicate` or `overlapping` where OTHER serves every query that INDEX serves, else blank."""
    if other.method != index.method or other.predicate != index.predicate or not set(index.included) <= {*other.included, *other.columns}:
        return ""
    classes, options = (part.split() for part in index.classes.split("/"))
    other_classes, other_options = (part.split() for part in other.classes.split("/"))
    width = len(index.columns)
    if other.columns[:width] != index.columns or other_classes[:width] != classes or other_options[:width] != options:
        return ""
    if len(other.columns) == width:
        return "duplicate"
    return "overlapping" if index.method == "btree" else ""


def _unused(indexes: Iterable[Index], known: set[str]) -> tuple[int, list[IndexFinding]]:
    """How many days are watched without a gap in the counters, and the indexes that no query used in UNUSED_DAYS of them; one query.

    Indexes that a rule stands on are never told, nor those on the columns of a foreign key: deletions at its other end use them.
    """
    today = timezone.now().date()
    first = today - timedelta(days=UNUSED_DAYS)
    samples = RelationSample.objects.filter(kind=RelationKind.INDEX, day__gte=first).order_by("day")
    by_name: dict[str, list[RelationSample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    days = max((_span(own, today) for own in by_name.values()), default=0)
    found = []
    for index in indexes:
        own = by_name.get(index.name, [])
        if index.is_rule or index.serves_key or index.name in known or _span(own, today) < UNUSED_DAYS or _scans(own) > 0:
            continue
        reason = f"No query used it in {UNUSED_DAYS} days ({own[0].day} to {own[-1].day}, {len(own)} samples); every write pays for it."
        found.append(IndexFinding("unused", index.name, index.table, index.size_bytes, reason, index.drop, index.make))
    return days, found


def _span(samples: Sequence[RelationSample], today: date) -> int:
    return (today - samples[0].day).days if samples else 0


def _scans(samples: Sequence[RelationSample]) -> int:
    """Scans between the first sample and the last; counters that began anew meanwhile count from nothing."""
    total = 0
    for before, after in itertools.pairwise(samples):
        total += after.scans - before.scans if after.scans >= before.scans and after.stats_since == before.stats_since else after.scans
    return total


def is_worth_rebuilding(line: BloatLine) -> bool:
    """Whether LINE is an index with enough to give back."""
    return line.kind == RelationKind.INDEX and line.percent >= BLOAT_PERCENT and line.wasted_bytes >= BLOAT_BYTES


def _bloated(line: BloatLine) -> IndexFinding:
    reason = f"{line.percent:.0f} % of it is empty space ({line.how}); rebuilding gives it back without making writers wait."
    do = f"REINDEX INDEX CONCURRENTLY {_quoted(line.name)};"
    return IndexFinding("bloated", line.name, line.table, line.size_bytes, reason, do, "-- Nothing to undo: the index is the same, only smaller.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
