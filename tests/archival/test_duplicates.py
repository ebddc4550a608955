"""An event is accepted once within its group and month, be it hot or cold by now."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from django.utils import timezone

from archival.choices import Encryption
from archival.models import ArchiveBatch, ArchivePolicy
from archival.services.carrying import carried_anew
from archival.services.erasing import group_archive_erase, person_erase
from archival.services.restoring import batch_go_cold, batch_restore
from archival.services.retention import expired_delete
from archival.services.verifying import gaps, ledger
from ontology.models import ColdKeys, Event, Group
from ontology.services.actor import PLATFORM
from ontology.services.events import content_digest, events_insert
from tests.answers import allow_copy, refused_by
from tests.archival.world import OLD, archived, seen
from tests.factories import make_event, make_group, make_person
from tests.ontology.loading import load

pytestmark = pytest.mark.django_db
SENT = {"type": "content_event", "timestamp": OLD.isoformat(), "external_id": "e-1"}
UNNAMED = {"type": "content_event", "timestamp": OLD.isoformat(), "metadata": {"n": 1}}


@pytest.fixture
def group() -> Group:
    """A group whose only events are cold: one with an external id, and one known by its content."""
    group = make_group(slug="one")
    sent(group, "error")
    assert [len(archived(group)), Event.objects.filter(group=group).count()] == [1, 0]
    return group


def sent(group: Group, on_conflict: str, *, items: tuple[dict[str, Any], ...] = (SENT, UNNAMED)) -> Any:
    digests = [content_digest(item, 0, group) for item in items]
    return events_insert(group, items, on_conflict=on_conflict, content_digests=digests)


def assert_once(group: Group, count: int = 2) -> None:
    assert list(seen(group).values()) == [1] * count
    assert gaps(ledger(group)) == []


def test_events_sent_again__are_skipped(group: Group) -> None:
    result = sent(group, "skip")

    assert (result.created, result.skipped, result.errors) == ([], 2, [])
    assert_once(group)


def test_events_sent_again__are_refused(group: Group) -> None:
    result = sent(group, "error")

    assert [(problem.index, problem.code) for problem in result.errors] == [(0, "external_id_taken"), (1, "event_exists")]
    assert_once(group)


def test_events_sent_again__beside_new_ones_are_told_apart(group: Group) -> None:
    news = ({**SENT, "external_id": "e-2"}, SENT, {**SENT, "timestamp": (OLD + timedelta(days=31)).isoformat()})

    result = sent(group, "skip", items=news)
    other = sent(make_group(), "error")

    assert (len(result.created), result.skipped) == (2, 1)  # another month is another event, as it is when hot
    assert (len(other.created), other.errors) == (2, [])
    assert_once(group, 4)


def test_file__loaded_again_adds_nothing(group: Group, tmp_path: Path) -> None:
    lines = [{"kind": "event", **SENT, "external_id": f"f-{n}"} for n in range(5)] + [{"kind": "event", **UNNAMED}]
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"\n".join(orjson.dumps(line) for line in lines))
    load(path, "--group", "one", "--on-conflict", "skip")
    archived(group)
    before = seen(group)

    load(path, "--group", "one", "--on-conflict", "skip")

    assert len(before) == 7  # the one known by its content was in the archive before the first load
    assert seen(group) == before
    assert gaps(ledger(group)) == []


def copied(group: Group) -> None:
    allow_copy("ontology_event")
    columns = '(id, group_id, type, "timestamp", metadata, external_id)'
    with connection.cursor() as cursor, cursor.copy(f"COPY ontology_event {columns} FROM STDIN") as rows:
        rows.write_row(["01990000-0000-7000-8000-000000000001", str(group.pk), "content_event", OLD.isoformat(), "{}", "e-1"])


def inserted(group: Group) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ontology_event (id, group_id, type, \"timestamp\", metadata, external_id) VALUES (uuidv7(), %s, 'a', %s, '{}', 'e-1')",
            [group.pk, OLD],
        )


def by_id(group: Group) -> None:
    make_event(group, id=next(key for key in seen(group)), timestamp=OLD)


@pytest.mark.parametrize("act", [copied, inserted, by_id, lambda group: make_event(group, timestamp=OLD, external_id="e-1")])
def test_rule__holds_for_copy_sql_and_the_orm(group: Group, act: Any) -> None:
    assert refused_by(lambda: act(group)) == "event_is_not_in_the_archive"


def test_events__are_told_by_the_hot_table_while_restored_and_by_their_keys_again(group: Group) -> None:
    batch = batch_restore(ArchiveBatch.objects.get())
    kept = ColdKeys.objects.count()
    result = sent(group, "skip")
    batch_go_cold(batch)
    again = sent(group, "skip")

    assert (kept, result.skipped, again.skipped) == (0, 2, 2)
    assert_once(group)


def test_keys__follow_the_successor_of_their_batch() -> None:
    group, jane = make_group(), make_person(email="jane.doe@example.org")
    make_event(group, timestamp=OLD, person=jane, external_id="e-1")
    (batch,) = archived(group)

    person_erase(jane, actor=PLATFORM)

    assert set(ColdKeys.objects.values_list("batch", flat=True)) == {ArchiveBatch.objects.get(replaces=batch).pk}
    assert sent(group, "skip", items=(SENT,)).skipped == 1


def test_keys__go_with_what_expires(group: Group) -> None:
    expired_delete(actor=PLATFORM)
    ArchiveBatch.objects.update(delete_after=timezone.now())
    ArchivePolicy.objects.update_or_create(group=group, defaults={"retention_days": 30})
    expired_delete(actor=PLATFORM)
    ArchiveBatch.objects.update(delete_after=timezone.now())
    expired_delete(actor=PLATFORM)

    assert ArchiveBatch.objects.get().state == "expired"
    assert ColdKeys.objects.count() == 0


def test_keys__go_with_what_is_erased() -> None:
    group = make_group()
    ArchivePolicy.objects.create(group=group, encryption=Encryption.GROUP_KEY)
    sent(group, "error")
    archived(group)

    group_archive_erase(group, reason="asked for", actor=PLATFORM)

    assert ColdKeys.objects.count() == 0


def test_batches_of_before__get_their_keys_with_the_next_run(group: Group) -> None:
    ColdKeys.objects.all().delete()

    assert (carried_anew(group), carried_anew(group)) == (1, 0)
    assert sent(group, "skip").skipped == 2
    assert_once(group)
