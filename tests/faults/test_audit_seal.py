"""Row 33 of the bar: what a superuser changes in the audit trail, past every trigger and policy, is located; what is lawful keeps the seal true."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from archival.models import ArchiveBatch
from archival.services.erasing import person_erase
from archival.services.restoring import batch_go_cold, batch_restore
from archival.store import store
from monitoring.models import Alert, Seal, SealEntry
from monitoring.services import sealing
from monitoring.services.seal_verifying import Report, seal_verify
from monitoring.services.sealing import events_seal
from ontology.ids import uuid7
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group
from ontology.services.actor import PLATFORM
from ontology.services.record import event_record
from tests.addresses import ROOT, surroundings
from tests.archival.world import archived, old_events
from tests.factories import make_event, make_group, make_person
from tests.roles import as_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, settings: Any) -> Iterator[Path]:
    (tmp_path / "archive").mkdir()
    settings.ARCHIVE_URL = (tmp_path / "archive").as_uri()
    with acting(PLATFORM_SCOPE):
        events_seal()
        yield tmp_path / "archive"


@pytest.fixture
def group() -> Group:
    return make_group()


def as_superuser(*statements: str, **told: Any) -> None:
    """Past the triggers that keep events and note what is done to them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL sextant.event_decision = 'archival'")
        for each in statements:
            cursor.execute(each, told)
        cursor.execute("SET LOCAL sextant.event_decision = ''")


def sealed_events(group: Group, count: int = 20) -> list[Event]:
    found = [make_event(group, timestamp=datetime(2026, 3, 1 + n % 28, tzinfo=UTC), metadata={"n": n}) for n in range(count)]
    events_seal()
    return found


def found_in(report: Report) -> set[tuple[str, str | None]]:
    return {(finding.kind, finding.event) for finding in report.findings}


EDITS = {
    "metadata": "metadata = metadata || '{\"n\": 99}'",
    "moment": "timestamp = timestamp + interval '1 microsecond'",
    "type": "type = 'product_purchased'",
    "person": "person_id = uuidv7()",
    "actor": "actor_id = uuidv7()",
    "target": "target_id = uuidv7()",
    "made": "created_at = created_at - interval '1 day'",
    "external id": "external_id = ''",
    "group": "group_id = %(other)s",
}


@pytest.mark.parametrize("edit", EDITS)
def test_edit__of_any_column_is_located(group: Group, edit: str) -> None:
    events = sealed_events(group)
    victim = events[7]

    as_superuser(
        "ALTER TABLE ontology_event DISABLE TRIGGER USER",
        *(f"ALTER TABLE ontology_event_2026_03 DISABLE TRIGGER {verb}" for verb in ("USER",)),
        f"UPDATE ontology_event SET {EDITS[edit]} WHERE id = %(id)s",
        id=victim.pk,
        other=make_group().pk,
    )

    report = seal_verify()
    assert found_in(report) == {("edited", str(victim.pk))}
    assert (report.counts, report.findings[0].range, report.is_whole) == ({"edited": 1}, Seal.objects.latest("number").number, False)
    assert Alert.objects.get(name="audit_seal_is_broken").severity == "emergency"


def test_deletion__is_located(group: Group) -> None:
    events = sealed_events(group)

    as_superuser("DELETE FROM ontology_event WHERE id = ANY (%(ids)s)", ids=[events[3].pk, events[4].pk])

    assert found_in(seal_verify()) == {("missing", str(events[3].pk)), ("missing", str(events[4].pk))}


def test_insertion__is_located(group: Group) -> None:
    sealed_events(group)
    forged = uuid7()

    as_superuser(
        'INSERT INTO ontology_event (id, group_id, type, "timestamp", metadata, created_at) '
        "VALUES (%(id)s, %(group)s, 'content_event', '2026-03-05 12:00+00', '{}', '2026-03-05 12:00+00')",
        id=forged,
        group=group.pk,
    )

    assert found_in(seal_verify()) == {("inserted", str(forged))}


def test_swap__of_two_events_is_located(group: Group) -> None:
    events = sealed_events(group)
    one, other = events[2], events[9]

    as_superuser(
        "UPDATE ontology_event AS event SET metadata = CASE event.id WHEN %(one)s THEN %(b)s ELSE %(a)s END::jsonb WHERE id IN (%(one)s, %(other)s)",
        one=one.pk,
        other=other.pk,
        a=json.dumps(one.metadata),
        b=json.dumps(other.metadata),
    )

    assert found_in(seal_verify()) == {("edited", str(one.pk)), ("edited", str(other.pk))}


def test_hundred_random_crimes__are_all_located(group: Group) -> None:
    events = sealed_events(group, 300)
    edited, deleted = [event.pk for event in events[::6]], [event.pk for event in events[3::6]]

    as_superuser(
        "UPDATE ontology_event SET metadata = '{}' WHERE id = ANY (%(edited)s)",
        "DELETE FROM ontology_event WHERE id = ANY (%(deleted)s)",
        edited=edited,
        deleted=deleted,
    )

    expected = {("edited", str(key)) for key in edited} | {("missing", str(key)) for key in deleted}
    assert (len(expected), found_in(seal_verify())) == (100, expected)


CHAIN: dict[str, tuple[str, str]] = {
    "row deleted": ("DELETE FROM monitoring_seal WHERE number = %(middle)s", "its row was taken from the database"),
    "last rows deleted": ("DELETE FROM monitoring_seal WHERE number >= %(middle)s", "its row was taken from the database"),
    "hash changed": ("UPDATE monitoring_seal SET hash = repeat('0', 64) WHERE number = %(middle)s", "its row or its list was changed"),
    "led elsewhere": (
        "UPDATE monitoring_seal SET key = (SELECT key FROM monitoring_seal WHERE number = %(middle)s - 1) WHERE number = %(middle)s",
        "its row or its list was changed",
    ),
}


@pytest.mark.parametrize("crime", CHAIN)
def test_seal_itself__changed_in_the_database_is_located(group: Group, crime: str) -> None:
    for _ in range(3):
        sealed_events(group, 2)
    middle = Seal.objects.latest("number").number - 1
    sql, what = CHAIN[crime]

    as_superuser(sql, middle=middle)

    report = seal_verify()
    assert (middle, what) in {(finding.range, finding.what) for finding in report.findings if finding.kind == "chain"}


def test_list__damaged_or_lost_in_the_store_is_located(group: Group) -> None:
    for _ in range(3):
        sealed_events(group, 2)
    *_, lost, damaged, _ = Seal.objects.order_by("number")
    store().delete(lost.key)
    place = store().path(damaged.key)
    assert place is not None
    place.write_bytes(place.read_bytes()[:-10] + b"0123456789")

    told = {(finding.range, finding.what) for finding in seal_verify().findings if finding.kind == "chain"}

    assert {(lost.number, "its list is missing from the store"), (damaged.number, "its row or its list was changed")} <= told


def test_late_commit__is_sealed_when_it_comes(group: Group) -> None:
    """The entry of a slow transaction has a lower number than those sealed before it."""
    first = make_event(group)
    (entry,) = SealEntry.objects.all()
    held = {"pk": entry.pk, "act": entry.act, "made_at": entry.made_at, "ids": entry.ids, "first_at": entry.first_at, "last_at": entry.last_at}
    entry.delete()
    sealed_events(group, 5)
    SealEntry.objects.create(**held)
    events_seal()

    report = seal_verify()

    assert (report.is_whole, SealEntry.objects.count(), report.hot) == (True, 0, Event.objects.count())
    assert str(first.pk) not in {finding.event for finding in report.findings}


def test_archiving_restoring_and_erasing__keep_the_seal_true(group: Group) -> None:
    person = make_person(email="somebody@example.org")
    old_events(group, 30)
    make_event(group, person=person, metadata={"email": "somebody@example.org"})
    make_event(group, person=person, timestamp=datetime(2024, 5, 5, 13, tzinfo=UTC), metadata={"email": "somebody@example.org"})
    events_seal()
    states: dict[str, dict[str, int]] = {}

    def look(name: str) -> None:
        events_seal()
        states[name] = seal_verify().counts | seal_verify(archive=False).counts

    (batch,) = archived(group)
    look("archived")
    batch_restore(batch)
    look("restored")
    batch_go_cold(ArchiveBatch.objects.get(pk=batch.pk))
    look("cold again")
    person_erase(person, actor=PLATFORM)
    look("person erased")
    cold = ArchiveBatch.objects.get(state="archived")
    ArchiveBatch.objects.filter(pk=cold.pk).update(state="expired")
    look("expired")

    assert states == {name: {} for name in ("archived", "restored", "cold again", "person erased", "expired")}
    assert seal_verify().amended == {"erasure": 1}


def test_events_archived_before_they_were_sealed__are_no_edits(group: Group) -> None:
    old_events(group, 30)
    (batch,) = archived(group)
    events_seal()

    assert seal_verify().counts == {}

    batch_restore(batch)
    events_seal()
    assert seal_verify().counts == {}


def test_deletion_of_an_archived_months_hot_event__is_located(group: Group) -> None:
    old_events(group, 10)
    events_seal()
    archived(group)
    late = make_event(group, timestamp=datetime(2024, 5, 20, tzinfo=UTC))
    events_seal()

    as_superuser("DELETE FROM ontology_event WHERE id = %(id)s", id=late.pk)

    assert found_in(seal_verify()) == {("missing", str(late.pk))}
    assert seal_verify(archive=False).counts == {"missing": 11}  # by counts alone only the month is known


def test_edit_of_a_cold_event__is_located(group: Group) -> None:
    """A forger of the manifest, who may write to the store too: the list of the range still tells."""
    old_events(group, 10)
    events_seal()
    victim = Event.objects.filter(group=group).first()
    assert victim is not None
    as_superuser("UPDATE ontology_event SET metadata = '{}' WHERE id = %(id)s", id=victim.pk)
    archived(group)

    assert found_in(seal_verify()) == {("edited", str(victim.pk))}


def test_lawful_decision_with_a_forged_reason__is_told_as_amended(group: Group) -> None:
    events = sealed_events(group)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL sextant.event_decision = 'erasure'")
        cursor.execute("UPDATE ontology_event SET metadata = '{}' WHERE id = %s", [events[0].pk])
        cursor.execute("SET LOCAL sextant.event_decision = ''")
    events_seal()

    report = seal_verify()

    assert (report.is_whole, report.amended) == (True, {"erasure": 1})


def test_seal__is_out_of_reach_of_requests_and_only_added_to_by_jobs(group: Group) -> None:
    sealed_events(group, 2)
    make_event(group)
    refused: list[str] = []
    attempts: list[tuple[str, Callable[[], Any]]] = [
        ("app", lambda: SealEntry.objects.count()),
        ("app", lambda: Seal.objects.all().delete()),
        ("worker", lambda: Seal.objects.update(hash="0" * 64)),
        ("worker", lambda: Seal.objects.all().delete()),
        ("worker", lambda: SealEntry.objects.update(act="removed")),
    ]
    for role, act in attempts:
        with as_role(role), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            act()
        refused.append(role)

    with as_role("worker"):
        sealed, report = events_seal(), seal_verify()

    assert (len(refused), sealed, report.is_whole) == (5, 1, True)


def test_events_of_a_request__are_noted_with_its_rights(group: Group) -> None:
    with as_role("app"), acting(PLATFORM_SCOPE):
        event = event_record(group, "content_event")

    assert SealEntry.objects.latest("id").ids == [event.pk]


@pytest.mark.django_db(transaction=True)
def test_sealer_killed_after_writing__records_the_same_object(archive: Path) -> None:
    with acting(PLATFORM_SCOPE):
        group = make_group()
        make_event(group)
        environment = {**surroundings(), "ARCHIVE_URL": archive.as_uri(), "FAIL_AT": "seal_written", "SECRET_KEY": os.environ["SECRET_KEY"]}
        environment["DATABASE_URL"] = environment["DATABASE_WORKER_URL"]
        code = "import django; django.setup(); from monitoring.services.sealing import events_seal; events_seal()"
        killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=False)
        recorded, written = Seal.objects.count(), len(list(archive.rglob("*.parquet")))
        make_event(group)  # meanwhile

        events_seal()
        report = seal_verify()

    assert (killed.returncode, recorded, written) == (-9, 0, 1), killed.stderr.decode()
    assert (report.is_whole, report.ranges, SealEntry.objects.count()) == (True, 2, 0)


def test_verify_seal__command_tells_and_fails(group: Group, capsys: pytest.CaptureFixture[str]) -> None:
    events = sealed_events(group, 3)
    call_command("verify_seal")
    whole = json.loads(capsys.readouterr().out)
    as_superuser("DELETE FROM ontology_event WHERE id = %(id)s", id=events[1].pk)

    with pytest.raises(CommandError, match="not as they were sealed"):
        call_command("verify_seal", "--hot")

    told = json.loads(capsys.readouterr().out)
    assert (whole["whole"], told["whole"], told["findings"][0]["event"]) == (True, False, str(events[1].pk))
    assert uuid.UUID(told["findings"][0]["group"]) == group.pk


def test_naive_log__does_not_see_a_deletion(group: Group) -> None:
    """The control: a count and a highest id, as a log without a seal has them, stay what they were when one event takes another's place."""
    events = sealed_events(group, 5)
    before = (Event.objects.filter(group=group).count(), max(event.pk for event in Event.objects.filter(group=group)))

    as_superuser(
        "DELETE FROM ontology_event WHERE id = %(id)s",
        "INSERT INTO ontology_event (id, group_id, type, \"timestamp\", metadata) VALUES (%(new)s, %(group)s, 'content_event', %(at)s, '{}')",
        id=events[0].pk,
        new=uuid.UUID(int=events[0].pk.int - 1),
        group=group.pk,
        at=events[0].timestamp + timedelta(seconds=1),
    )

    after = (Event.objects.filter(group=group).count(), max(event.pk for event in Event.objects.filter(group=group)))
    assert after == before
    assert seal_verify().counts == {"missing": 1, "inserted": 1}


def test_range__holds_so_many_events_and_whole_statements(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "EVENTS_MAX", 10)
    before = Seal.objects.count()
    old_events(group, 25)
    for _ in range(15):
        make_event(group)

    sealed = events_seal()

    sizes = list(Seal.objects.filter(number__gt=before).order_by("number").values_list("events", flat=True))
    assert (sealed, sizes) == (3, [25, 10, 5])
    assert seal_verify().is_whole
