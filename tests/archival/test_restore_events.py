"""restore_events: a preview, events that come back once, and what it refuses."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from archival.errors import RestoreCollides
from archival.models import ArchiveBatch
from archival.services.restoring import batch_restore, due_go_cold
from ontology.models import ColdKeys, Event, Group
from tests.archival.world import archived, assert_whole, hot_rows, old_events
from tests.factories import make_event, make_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    group = make_group(slug="one")
    old_events(group, 60, step=86_400.0)
    archived(group)
    return group


def command(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("restore_events", *words, stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_restore_events__tells_first_then_brings_back(group: Group) -> None:
    words = ["--group", "one", "--from", "2024-05-10", "--to", "2024-05-12"]

    preview = command(*words, "--dry-run")
    before = Event.objects.filter(group=group).count()
    told = command(*words, "--days", "3")

    assert (preview["batches"], preview["rows"], before) == (1, 26, 0)
    assert (told["rows"], told["state"], len(hot_rows(group))) == (26, "succeeded", 26)
    assert_whole(group, 60)


def test_restore_events__twice_brings_nothing_twice(group: Group) -> None:
    batch = ArchiveBatch.objects.earliest("month")

    command("--batch", str(batch.pk))
    command("--batch", str(batch.pk))

    assert_whole(group, 60)


def test_restored_events__go_cold_when_their_time_is_over(group: Group) -> None:
    command("--group", "one")
    assert len(hot_rows(group)) == 60
    ArchiveBatch.objects.update(restored_until=timezone.now())

    assert due_go_cold() == (3, [])
    assert_whole(group, 60)
    assert hot_rows(group) == []


def test_restore__refuses_when_a_new_event_has_taken_an_external_id(group: Group) -> None:
    batch = ArchiveBatch.objects.earliest("month")
    batch_restore(batch)
    taken = Event.objects.filter(group=group, external_id__isnull=False).first()
    assert taken is not None
    ArchiveBatch.objects.update(restored_until=timezone.now())
    due_go_cold()
    ColdKeys.objects.all().delete()  # the rule that keeps this from happening
    make_event(group, timestamp=taken.timestamp, external_id=taken.external_id)
    batch.refresh_from_db()

    with pytest.raises(RestoreCollides, match="already exists"):
        batch_restore(batch)
    assert len(hot_rows(group)) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "either --batch"),
        (["--group", "none"], "none"),
        (["--group", "one", "--from", "2030-01-01"], "no archived batch from 2030-01-01"),
        (["--group", "one", "--days", "0"], "--days must be 1 to 365"),
        (["--batch", "01990000-0000-7000-8000-000000000001"], "There is no batch"),
    ],
)
def test_restore_events__refuses_what_makes_no_sense(group: Group, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("restore_events", *words)
    assert Event.objects.filter(group=group).count() == 0
