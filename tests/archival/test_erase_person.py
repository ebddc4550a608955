"""Erasures: nothing of a person or of an erased key is left to read, and every number stays."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from archival.cold import Question, find_archived
from archival.errors import BatchStateRefused, HoldForbids, KeyErased
from archival.models import ArchiveBatch, ArchivePolicy, Erasure, GroupKey
from archival.services.erasing import group_archive_erase, person_erase
from archival.services.holds import hold_lift, hold_place
from archival.services.keys import key_of
from archival.services.restoring import batch_restore
from archival.services.verifying import batch_verify, gaps, ledger
from ontology.metrics import group_counts
from ontology.models import Event
from ontology.services.actor import PLATFORM
from tests.archival.world import OLD, archived, assert_whole, objects_in, old_events
from tests.factories import make_event, make_group, make_person

pytestmark = pytest.mark.django_db


def world() -> tuple[Any, Any]:
    """A group whose archive and database hold events by Jane, about her, and by others."""
    group, jane = make_group(), make_person(email="jane.doe@example.org", username="janedoe")
    old_events(group, 5)
    make_event(group, timestamp=OLD, person=jane, metadata={"note": "mine"})
    make_event(group, timestamp=OLD, metadata={"invited": "jane.doe@example.org"})
    archived(group)
    make_event(group, person=jane, metadata={"told": {"by": "janedoe"}})
    return group, jane


def test_person__is_erased_from_hot_and_cold_events(archive: Path) -> None:
    group, jane = world()
    before = group_counts(group)

    done = person_erase(jane, reason="asked for it", actor=PLATFORM)

    found = find_archived(Question(group, limit=100))
    everything = "".join(str(event) for event in found) + "".join(str(row) for row in Event.objects.values_list())
    assert [word for word in ("jane.doe", "janedoe", str(jane.pk)) if word in everything] == []
    assert [event.person_id for event in found if event.person_id] == [done.pseudonym]
    assert [(entry["hotEvents"], entry["coldEvents"], len(entry["batches"])) for entry in done.changed] == [(1, 2, 1)]
    assert len(objects_in(archive)) == 1
    assert not any(b"jane" in path.read_bytes() for path in objects_in(archive))
    assert group_counts(group).events == before.events + 1  # the erasure's own record
    assert [batch_verify(batch) for batch in ArchiveBatch.objects.filter(state="archived")] == ["sound"]
    assert gaps(ledger(group)) == []


def test_erased_person__stays_erased_after_a_restore() -> None:
    group, jane = world()
    old = ArchiveBatch.objects.get(state="archived")
    person_erase(jane, actor=PLATFORM)

    batch_restore(ArchiveBatch.objects.get(state="archived"))

    with pytest.raises(BatchStateRefused):
        batch_restore(old)
    assert not Event.objects.filter(person=jane).exists()
    assert "jane" not in "".join(str(row) for row in Event.objects.values_list("metadata"))
    assert_whole(group, 8)


def test_person_under_hold__is_not_erased() -> None:
    group, jane = world()
    hold = hold_place(group, "Case 4711", actor=PLATFORM)

    with pytest.raises(HoldForbids, match="Case 4711"):
        person_erase(jane, actor=PLATFORM)
    assert (Event.objects.filter(person=jane).count(), Erasure.objects.count()) == (1, 0)

    hold_lift(hold, actor=PLATFORM)
    assert person_erase(jane, actor=PLATFORM).finished_at is not None


def test_database_under_hold__expires_and_replaces_nothing() -> None:
    group, _ = world()
    hold_place(group, "Case 4711", actor=PLATFORM)

    for state in ("expired", "replaced", "erased"):
        with pytest.raises(IntegrityError, match="hold"), transaction.atomic():
            ArchiveBatch.objects.filter(group=group).update(state=state)


def test_erase_person__prints_a_certificate() -> None:
    _, jane = world()
    out = StringIO()

    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_person", jane.email)
    call_command("erase_person", jane.email, "--yes", "--reason", "asked", stdout=out)

    told = json.loads(out.getvalue())
    assert told["certificate"] == str(Erasure.objects.get().pk)
    assert "jane" not in out.getvalue()


def test_erase_person__of_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match="Nobody"):
        call_command("erase_person", "who@example.org", "--yes")


def test_encrypted_archive__is_read_like_any_other_and_by_nobody_once_its_key_is_erased(archive: Path) -> None:
    group = make_group()
    ArchivePolicy.objects.create(group=group, encryption="group_key")
    old_events(group, 12)
    (batch,) = archived(group)
    (path,) = objects_in(archive)
    kept = path.read_bytes()
    read = len(find_archived(Question(group, limit=100)))

    erased = group_archive_erase(group, reason="asked for it", actor=PLATFORM)

    assert (read, erased, kept[:4]) == (12, 12, b"SXE1")
    assert (b"PAR1" in kept, b"quoted" in kept, objects_in(archive)) == (False, False, [])
    assert list(GroupKey.objects.values_list("wrapped", flat=True)) == [None]
    assert find_archived(Question(group, limit=100)) == []
    with pytest.raises(BatchStateRefused):
        batch_restore(batch)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept)  # from an old copy of the store
    batch.refresh_from_db()
    with pytest.raises(KeyErased):
        key_of(batch)
    assert gaps(ledger(group)) == []


def test_strings_of_an_erased_object__hold_nothing_of_the_person(archive: Path) -> None:
    """Also as DuckDB reads the object, in a process of its own."""
    _, jane = world()
    person_erase(jane, actor=PLATFORM)
    (path,) = objects_in(archive)
    code = f"import duckdb; print(duckdb.sql(\"SELECT count(*) FROM read_parquet('{path}') WHERE metadata LIKE '%jane%' OR person_id = '{jane.pk}'\").fetchone()[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
