"""Reads of cold events in place: the manifest says which objects may hold what is asked, DuckDB reads those."""

import functools
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
from django.conf import settings
from django.db.models import Q

from archival import encryption
from archival.cache import cached
from archival.choices import BatchState, Encryption
from archival.errors import ObjectDamaged, ObjectMissing, ReadTooLong
from archival.models import ArchiveBatch
from archival.parquet import table_of
from archival.services.keys import key_of
from archival.sql import statement
from archival.store import store
from ontology.models import Group

MEMORY = "512MB"
THREADS = 2
FILES_FIRST, FILES_MORE = 2, 32
"""Objects read at first for a page, and at once later on: most pages are answered by the latest one or two."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ColdEvent:
    """An event of the archive; `metadata` is JSON text, as it was written."""

    id: uuid.UUID
    group_id: uuid.UUID
    type: str
    actor_id: uuid.UUID | None
    target_id: uuid.UUID | None
    person_id: uuid.UUID | None
    timestamp: datetime
    metadata: str
    external_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Which cold events of a group: `since` inclusive, `until` exclusive, each list one of several; `thing` is actor or target.

    `after` is the place (timestamp, id) of a page before: events behind it in the order asked for.
    """

    group: Group | uuid.UUID
    since: datetime | None = None
    until: datetime | None = None
    types: Sequence[str] = ()
    actor: uuid.UUID | None = None
    target: uuid.UUID | None = None
    thing: uuid.UUID | None = None
    person: uuid.UUID | None = None
    external_id: str | None = None
    ids: Sequence[uuid.UUID] = ()
    after: tuple[datetime, uuid.UUID] | None = None
    descending: bool = True
    limit: int = 20
    batches: Sequence[ArchiveBatch] | None = field(default=None, repr=False)
    """The manifest, where it was read before."""


def archived_batches(question: Question) -> list[ArchiveBatch]:
    """The archived batches that may hold what QUESTION asks for, in its order; one query by archive_batch_cold_latest."""
    group_id = question.group.pk if isinstance(question.group, Group) else question.group
    found = ArchiveBatch.objects.filter(group_id=group_id, state=BatchState.ARCHIVED)
    since, until = question.since, question.until
    if question.after is not None:
        found = found.filter(min_timestamp__lte=question.after[0]) if question.descending else found.filter(max_timestamp__gte=question.after[0])
    if since is not None:
        found = found.filter(max_timestamp__gte=since)
    if until is not None:
        found = found.filter(min_timestamp__lt=until)
    if question.ids:
        found = found.filter(min_id__lte=max(question.ids), max_id__gte=min(question.ids))
    return list(found.order_by("-max_timestamp", "-id") if question.descending else found.order_by("min_timestamp", "id"))


def find_archived(question: Question) -> list[ColdEvent]:
    """The first `limit` cold events that QUESTION asks for, in its order. Raises StoreError, KeyErased and ReadTooLong.

    Reads objects in order until no later one can hold an earlier place; one query and as many objects as needed.
    """
    batches = list(question.batches) if question.batches is not None else archived_batches(question)
    found: list[ColdEvent] = []
    step, place = FILES_FIRST, 0
    while place < len(batches):
        found += _read(batches[place : place + step], question)
        found.sort(key=lambda event: (event.timestamp, event.id), reverse=question.descending)
        del found[question.limit :]
        place += step
        step = FILES_MORE
        if len(found) == question.limit and place < len(batches) and _is_behind(batches[place], found[-1], question):
            break
    return found


def count_archived(question: Question, *, limit: int) -> int:
    """How many cold events QUESTION asks for, at most LIMIT; the manifest alone answers for whole batches."""
    counted, asked = 0, []
    narrowed = (
        question.types or question.actor or question.target or question.thing or question.person or question.external_id is not None or question.ids
    )
    for batch in archived_batches(question):
        since, until = question.since, question.until
        assert batch.min_timestamp is not None
        assert batch.max_timestamp is not None
        inside = (since is None or batch.min_timestamp >= since) and (until is None or batch.max_timestamp < until)
        if inside and not narrowed:
            counted += batch.rows
        else:
            asked.append(batch)
    for place in range(0, len(asked), FILES_MORE):
        if counted >= limit:
            break
        with _opened(asked[place : place + FILES_MORE]) as session:
            row = _answered(session, statement("cold_count"), _told(question))
            counted += int(row[0][0])
    return min(counted, limit)


def _is_behind(batch: ArchiveBatch, last: ColdEvent, question: Question) -> bool:
    assert batch.min_timestamp is not None
    assert batch.max_timestamp is not None
    return batch.max_timestamp < last.timestamp if question.descending else batch.min_timestamp > last.timestamp


def _read(batches: Sequence[ArchiveBatch], question: Question) -> list[ColdEvent]:
    with _opened(batches) as session:
        found = _answered(session, statement("cold_page" if question.descending else "cold_page_ascending"), _told(question))
    return [_event(row) for row in found]


def _told(question: Question) -> dict[str, Any]:
    """QUESTION as the statements take it: moments in microseconds since 1970, ids as text."""
    after = question.after
    return {
        "since": _micros(question.since),
        "until": _micros(question.until),
        "types": list(question.types) or None,
        "actor": _text(question.actor),
        "target": _text(question.target),
        "thing": _text(question.thing),
        "person": _text(question.person),
        "external_id": question.external_id,
        "ids": [str(one) for one in question.ids] or None,
        "after": _micros(after[0]) if after else None,
        "after_id": str(after[1]) if after else None,
        "rows": question.limit,
    }


def _text(key: uuid.UUID | None) -> str | None:
    return None if key is None else str(key)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _event(row: Sequence[Any]) -> ColdEvent:
    id_, group_id, type_, actor, target, person, moment, metadata, external_id, made = row
    return ColdEvent(
        uuid.UUID(id_), uuid.UUID(group_id), type_, _key(actor), _key(target), _key(person), _moment(moment), metadata, external_id, _moment(made)
    )


def _key(text: str | None) -> uuid.UUID | None:
    return None if text is None else uuid.UUID(text)


@contextmanager
def _opened(batches: Iterable[ArchiveBatch]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that sees the events of BATCHES as `events`, and nothing else of this machine or any other.

    Objects in plain Parquet are opened as files, encrypted ones in memory. Its memory and threads are limited, and it stops after ARCHIVE_READ_SECONDS.
    """
    files, tables = [], []
    for batch in batches:
        if batch.encryption == Encryption.GROUP_KEY:
            tables.append(table_of(_decrypted(batch)))
        else:
            files.append(str(_file(batch)))
    session = duckdb.connect(
        config={"threads": THREADS, "memory_limit": MEMORY, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )
    timer = threading.Timer(settings.ARCHIVE_READ_SECONDS, session.interrupt)
    try:
        session.execute("SET allowed_paths = ?", [files])
        session.execute("SET enable_external_access = false")
        session.execute("SET lock_configuration = true")
        parts = ([session.read_parquet(files)] if files else []) + ([session.from_arrow(pyarrow.concat_tables(tables))] if tables else [])
        functools.reduce(lambda one, other: one.union(other), parts).create_view("events", replace=True)
        timer.start()
        yield session
    except duckdb.IOException as failed:
        raise ObjectDamaged(", ".join(batch.key for batch in batches), str(failed)) from None
    finally:
        timer.cancel()
        session.close()


def _answered(session: duckdb.DuckDBPyConnection, text: str, told: dict[str, Any]) -> list[Any]:
    """What TEXT returns. Raises ReadTooLong and ObjectDamaged."""
    try:
        return session.execute(text, told).fetchall()
    except duckdb.InterruptException:
        raise ReadTooLong(settings.ARCHIVE_READ_SECONDS) from None
    except (duckdb.InvalidInputException, duckdb.IOException) as unreadable:
        raise ObjectDamaged("of the archive", str(unreadable).split("\n")[0]) from None


def _file(batch: ArchiveBatch) -> Path:
    """The object of BATCH as a file of this machine."""
    there = store().path(batch.key)
    if there is None:
        return cached(batch.sha256, lambda: store().get_whole(batch.key, batch.sha256))
    if not there.exists():
        raise ObjectMissing(batch.key)
    return there


def _decrypted(batch: ArchiveBatch) -> bytes:
    """The file in the encrypted object of BATCH, in memory only."""
    key = key_of(batch)
    there = store().path(batch.key)
    content = (
        store().get_whole(batch.key, batch.sha256)
        if there is not None
        else cached(batch.sha256, lambda: store().get_whole(batch.key, batch.sha256)).read_bytes()
    )
    return encryption.decrypt(content, key, batch.pk)


def cold_state(group: Group | uuid.UUID) -> tuple[tuple[uuid.UUID, datetime], ...]:
    """Which batches are cold now, and since when: a reader of both tiers looks before and after, and reads again when a batch moved meanwhile."""
    group_id = group.pk if isinstance(group, Group) else group
    return tuple(ArchiveBatch.objects.filter(Q(state=BatchState.ARCHIVED), group_id=group_id).order_by("id").values_list("id", "updated_at"))
