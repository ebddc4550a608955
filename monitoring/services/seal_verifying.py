"""Verifying the seal: every event is as it was sealed, or left by a recorded decision; what is not is located."""

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

import duckdb
import pyarrow
from django.db import connection, transaction
from psycopg import sql

from archival.choices import HELD_STATES
from archival.errors import KeyErased, ObjectDamaged, ObjectMissing
from archival.models import ArchiveBatch
from archival.parquet import table_of
from archival.services.batches import object_verify
from archival.services.installations import installation_here
from archival.store import Store, store
from monitoring.choices import Category, Severity
from monitoring.models import Seal
from monitoring.seal_list import FIRST, SealList, hash_of, list_of
from monitoring.services.alerts import condition_observed
from monitoring.services.sealing import seal_key
from monitoring.sql import rows, statement
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.bulk import Stage, csv_plain, csv_text

FINDINGS_MAX = 1_000
"""Findings that a report names; more are counted."""
LINES = Stage("seal_line", ("id", "group_id", "month", "leaf", "act", "decision", "number", "place"))
COLD = Stage("seal_cold", ("id", "leaf", "is_rewritten"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed: an event, or a link of the chain. Kinds: edited, missing, inserted, and chain."""

    kind: str
    range: int | None
    event: str | None = None
    group: str | None = None
    month: int | None = None
    what: str = ""


@dataclass(slots=True)
class Report:
    """What a verification looked at and found. `amended` counts events by the decision that changed or took them lawfully."""

    ranges: int = 0
    events: int = 0
    hot: int = 0
    cold: int = 0
    head: str = FIRST
    amended: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.counts

    def add(self, found: Finding) -> None:
        """Counts FOUND, and names it while there is room."""
        self.counts[found.kind] = self.counts.get(found.kind, 0) + 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(found)

    def as_json(self) -> str:
        """The report for programs and people."""
        return json.dumps({**asdict(self), "whole": self.is_whole}, indent=2)


def seal_verify(*, archive: bool = True) -> Report:
    """Compares every event, hot and (with ARCHIVE) cold, with the lists of all ranges; the report. Opens an alert when anything is wrong.

    Without ARCHIVE, archived events are only counted by the manifests of their group and month. Takes one read of the events, of every list and, with
    ARCHIVE, of every archived object. Raises StoreError where the store does not answer.
    """
    report = Report()
    with acting(PLATFORM_SCOPE), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement("seal_stage"))
            cursor.execute("SELECT count(*) FROM seal_hot")
            ((report.hot,),) = cursor.fetchall()
        last = Seal.objects.order_by("-number").values_list("number", flat=True).first() or 0
        for sealed in _chain(report):
            _lines_copy(sealed)
            report.events += len(sealed.lines)
            report.amended = dict(Counter(report.amended) + Counter(line.decision or "none" for line in sealed.lines if line.act != "added"))
        if archive:
            _cold_copy(report)
        _compare(report, last, archive=archive)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE seal_hot, seal_line, seal_cold")
    _tell(report)
    return report


def _chain(report: Report) -> Iterator[SealList]:
    """The lists in order, as far as the store has them; what the database says of them must agree."""
    place, name, number = store(), installation_here().name, 0
    known = {seal.number: seal for seal in Seal.objects.all()}
    while True:
        number += 1
        seal = known.pop(number, None)
        content = _object(place, seal.key if seal else seal_key(name, number))
        if content is None and seal is None:
            break
        report.ranges += 1
        if content is None:
            report.add(Finding("chain", number, what="its list is missing from the store"))
            assert seal is not None
            report.head = seal.hash
            continue
        sealed = _link(report, number, content, seal)
        report.head = hash_of(content)
        if sealed is not None:
            yield sealed
    for beyond in sorted(known):
        report.add(Finding("chain", beyond, what="the range before it is missing"))


def _link(report: Report, number: int, content: bytes, seal: Seal | None) -> SealList | None:
    """The list in CONTENT, whose place in the chain is compared."""
    if seal is None:
        report.add(Finding("chain", number, what="its row was taken from the database"))
    elif seal.hash != hash_of(content):
        report.add(Finding("chain", number, what="its row or its list was changed"))
    try:
        sealed = list_of(content)
    except (pyarrow.ArrowException, KeyError, ValueError):
        report.add(Finding("chain", number, what="its list cannot be read"))
        return None
    if (sealed.number, sealed.previous) != (number, report.head):
        report.add(Finding("chain", number, what="it does not follow the range before it"))
    return sealed


def _object(place: Store, key: str) -> bytes | None:
    try:
        return place.get(key)
    except ObjectMissing:
        return None


def _lines_copy(sealed: SealList) -> None:
    _copy(
        LINES,
        (
            f"{line.id},{csv_plain(line.group)},{csv_plain(line.month)},{_bytea(line.leaf)},{csv_text(line.act)},{csv_text(line.decision)},"
            f"{sealed.number},{place}\n"
            for place, line in enumerate(sealed.lines)
        ),
    )


def _bytea(leaf: bytes | None) -> str:
    return "" if leaf is None else f"\\x{leaf.hex()}"


def _cold_copy(report: Report) -> None:
    """The leaves of every archived event, from its object; objects that are gone or damaged leave theirs missing."""
    for batch in ArchiveBatch.objects.filter(state__in=HELD_STATES).select_related("group").order_by("id").iterator():
        try:
            events = table_of(object_verify(batch, store()))
        except (ObjectMissing, ObjectDamaged, KeyErased) as broken:
            report.add(Finding("chain", None, group=str(batch.group_id), month=batch.month.year * 100 + batch.month.month, what=str(broken)))
            continue
        with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as session:
            session.register("events", events)
            found = session.execute(statement("cold_leaves")).fetchall()
        is_rewritten = "t" if batch.replaces_id else "f"
        _copy(COLD, (f"{key},\\x{leaf},{is_rewritten}\n" for key, leaf in found))
        report.cold += len(found)


def _copy(stage: Stage, lines: Iterable[str]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, stage.columns))
    command = sql.SQL("COPY {table} ({names}) FROM STDIN (FORMAT csv, QUOTE E'\\x01')").format(table=sql.Identifier(stage.name), names=names)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for line in lines:
            copy.write(line)


def _compare(report: Report, last: int, *, archive: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE seal_hot, seal_line, seal_cold")
    gone: dict[tuple[uuid.UUID | None, int | None], list[Finding]] = defaultdict(list)
    for kind, event, group, month, number in rows("seal_findings", {"last": last}):
        found = Finding(kind, number, str(event), str(group) if group else None, month)
        if kind == "missing":
            gone[(group, month)].append(found)
        else:
            report.add(found)
    lawful = {(group, month): count for group, month, count in rows("batches_gone", {"with_archive": archive})}
    for place, missing in gone.items():
        too_many = len(missing) - lawful.get(place, 0)
        if too_many > 0:
            for found in missing:
                report.add(found)


def _tell(report: Report) -> None:
    told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.counts.items()))
    condition_observed(
        name="audit_seal_is_broken",
        group=None,
        severity=None if report.is_whole else Severity.EMERGENCY,
        summary=f"Events are not as they were sealed: {told}." if told else "Every event is as it was sealed.",
        value=float(sum(report.counts.values())),
        threshold=0.0,
        details={"counts": report.counts, "first": [asdict(found) for found in report.findings[:20]]},
        category=Category.AUDIT,
    )
