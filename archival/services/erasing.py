"""Erasures: a person's, from every event, with a certificate; a group's encrypted archive, with its key."""

import hashlib
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pyarrow
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from archival import encryption
from archival.choices import BatchState, Encryption, ObjectState, Verification
from archival.errors import ObjectExists
from archival.failpoints import reached
from archival.models import ArchiveBatch, ArchiveObject, Erasure
from archival.parquet import Export, digest_of, file_of, table_of
from archival.services.batches import object_key, object_verify
from archival.services.holds import demand_no_hold
from archival.services.keys import key_erase, key_in_use
from archival.services.restoring import batch_go_cold
from archival.services.retention import object_remove
from archival.sql import rows, statement
from archival.store import store
from ontology.models import Group, Person
from ontology.services.actor import Actor
from ontology.services.record import event_record

WORD_LETTERS_MIN = 4
"""Shorter names stand in too many words that are not the person's."""


@dataclass(slots=True)
class _Changed:
    """What an erasure did in one group."""

    group: Group
    hot: int = 0
    cold: int = 0
    batches: list[dict[str, Any]] = field(default_factory=list)


def person_erase(person: Person, *, reason: str = "", actor: Actor) -> Erasure:
    """Puts a pseudonym in the place of PERSON in every event, hot, cold and kept by an undone run, and wherever their id, address or names stand in
    metadata.

    Objects that hold such events are written anew; the old ones are removed, last of all. The counts of events, and what is carried, stay. The
    certificate says what was changed, and not who it was. Safe to repeat after a kill. Raises HoldForbids before anything is changed, StoreError.
    """
    groups = _groups_with_events()
    for group in groups:
        demand_no_hold(group, "Erasing a person")
    certificate = Erasure.objects.create(pseudonym=uuid.uuid4(), reason=reason, decided_by=actor.person)
    words = words_of(person)
    for group in groups:
        changed = _erased_in(group, person, certificate, words)
        if changed.hot or changed.cold:
            entry = {"group": str(group.pk), "hotEvents": changed.hot, "coldEvents": changed.cold, "batches": changed.batches}
            certificate.changed.append(entry)
            certificate.save(update_fields=["changed"])
            event_record(group, "settings_updated", actor=actor, metadata={"change": "person_erased", "certificate": str(certificate.pk), **entry})
    certificate.finished_at = timezone.now()
    certificate.save(update_fields=["finished_at"])
    return certificate


def words_of(person: Person) -> list[str]:
    """The texts by which PERSON may stand in metadata, the longest first so that none is cut by a shorter."""
    known = {str(person.pk), person.email, person.username, getattr(person, "display_name", "")}
    return sorted((word for word in known if word and len(word) >= WORD_LETTERS_MIN), key=len, reverse=True)


def _groups_with_events() -> list[Group]:
    """Every group that has events, wherever they are: metadata may name anyone."""
    found = [key for (key,) in rows("groups_with_events", {})]
    return list(Group.objects.filter(pk__in=found).order_by("slug"))


def _erased_in(group: Group, person: Person, certificate: Erasure, words: Sequence[str]) -> _Changed:
    changed = _Changed(group)
    for batch in ArchiveBatch.objects.filter(group=group, state=BatchState.RESTORED).select_related("group"):
        batch_go_cold(batch)  # or its rows would no more be those of its manifest
    told: dict[str, Any] = {"group": group.pk, "person": person.pk, "pseudonym": certificate.pseudonym, "words": list(words)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("person_erase"), told)
        row = cursor.fetchone()
        changed.hot = int(row[0]) if row else 0
    for batch in ArchiveBatch.objects.filter(group=group, state=BatchState.ARCHIVED).select_related("group").order_by("id"):
        content = object_verify(batch, store())
        events, touched = _pseudonymised(table_of(content), person, certificate, words)
        if touched:
            made = _replaced(batch, events)
            changed.cold += touched
            changed.batches.append({"batch": str(made.pk), "replaces": str(batch.pk), "sha256": made.sha256, "rows": made.rows, "events": touched})
    return changed


def _pseudonymised(events: pyarrow.Table, person: Person, certificate: Erasure, words: Sequence[str]) -> tuple[pyarrow.Table, int]:
    """EVENTS with the pseudonym in the person's place, and in how many of them it stands now."""
    people, texts = events.column("person_id").to_pylist(), events.column("metadata").to_pylist()
    who, pseudonym, touched = str(person.pk), str(certificate.pseudonym), 0
    for place, (one, text) in enumerate(zip(people, texts, strict=True)):
        named = [word for word in words if word in text]
        if one != who and not named:
            continue
        touched += 1
        people[place] = pseudonym if one == who else one
        for word in named:
            text = text.replace(word, pseudonym)
        texts[place] = text
    if not touched:
        return events, 0
    schema = events.schema
    events = events.set_column(schema.get_field_index("person_id"), schema.field("person_id"), pyarrow.array(people, pyarrow.string()))
    return events.set_column(schema.get_field_index("metadata"), schema.field("metadata"), pyarrow.array(texts, pyarrow.string())), touched


def _replaced(batch: ArchiveBatch, events: pyarrow.Table) -> ArchiveBatch:
    """A batch of EVENTS in the place of BATCH: its object is written, read back, and counts in one transaction; only then the old object goes.

    Raises StoreError, and IntegrityError `hold_stops_deletion`.
    """
    made = _successor(batch, events)
    with transaction.atomic():
        ArchiveBatch.objects.filter(pk=batch.pk, state=BatchState.ARCHIVED).update(state=BatchState.REPLACED, updated_at=Now())
        ArchiveBatch.objects.filter(pk=made.pk).update(state=BatchState.ARCHIVED, closed_at=Now(), verification=Verification.SOUND, verified_at=Now())
        ArchiveObject.objects.filter(key=made.key).update(state=ObjectState.KEPT)
        ArchiveObject.objects.filter(key=batch.key).update(state=ObjectState.ANNOUNCED)
        with connection.cursor() as cursor:
            cursor.execute(statement("carried_moved"), {"group": batch.group_id, "old": batch.pk, "new": made.pk})
        reached("replacing")
    object_remove(batch)
    made.refresh_from_db()
    return made


def _successor(batch: ArchiveBatch, events: pyarrow.Table) -> ArchiveBatch:
    """The row and object of EVENTS, read back, that may take the place of BATCH; `abandoned` until it does."""
    digest = digest_of(events)
    made = ArchiveBatch.objects.get(pk=batch.pk)
    made.pk, made._state.adding = uuid.uuid4(), True
    made.state, made.replaces, made.digest, made.fence = BatchState.ABANDONED, batch, digest, 1
    content = file_of(Export(events, digest), {"group": str(batch.group_id), "month": f"{batch.month:%Y-%m}", "batch": str(made.pk)})
    if batch.encryption == Encryption.GROUP_KEY:
        content = encryption.encrypt(content, key_in_use(batch.group), made.pk)
    made.bytes, made.sha256 = len(content), hashlib.sha256(content).hexdigest()
    made.key, made.storage = object_key(made, made.sha256), store().place
    with transaction.atomic():
        made.save(force_insert=True)
        ArchiveObject.objects.create(group_id=batch.group_id, batch=made, key=made.key)
    with suppress(ObjectExists):
        store().put(made.key, content)
    object_verify(made, store())
    return made


def group_archive_erase(group: Group, *, reason: str, actor: Actor) -> int:
    """Erases the key of GROUP, and with it its encrypted archive; how many events that were. Raises HoldForbids; nobody ever reads them again.

    The objects are removed besides, so that nothing is paid for them; what of them lies in old copies of the store stays unreadable.
    """
    demand_no_hold(group, "Erasing an archive")
    with transaction.atomic():
        batches = list(ArchiveBatch.objects.select_for_update().filter(group=group, state=BatchState.ARCHIVED, encryption=Encryption.GROUP_KEY))
        ArchiveBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(state=BatchState.ERASED, updated_at=Now())
        ArchiveObject.objects.filter(key__in=[batch.key for batch in batches]).update(state=ObjectState.ANNOUNCED)
        key_erase(group.pk)
        events = sum(batch.rows for batch in batches)
        told = {"change": "archive_erased", "batches": len(batches), "events": events, "reason": reason}
        event_record(group, "settings_updated", actor=actor, metadata=told)
    for batch in batches:
        object_remove(batch)
    return events
