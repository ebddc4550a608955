"""Exact rollbacks: of one group alone, and taken back themselves."""

from pathlib import Path
from typing import Any

import pytest

from ontology.models import Connection, Event, Group, Thing
from ontology.services.actor import PLATFORM
from ontology.services.single import thing_change
from tests.factories import make_connection, make_event, make_group, make_thing
from tests.ontology.legacy_exports import generated, load, write_export
from tests.ontology.test_rollback_ontology import command, content, drift, migrate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where the backup of a damaged export's rows will be; the rows are loaded."""
    load(write_export(tmp_path / "export.zip", generated(12, things=60)))
    return tmp_path / "legacy.backup"


def of_group(rows: list[dict[str, Any]], ids: set[Any]) -> list[dict[str, Any]]:
    return [row for row in rows if row["id"] in ids]


def test_rollback_ontology__exact_of_one_group_takes_later_writes_of_that_group_alone(backup: Path) -> None:
    before = content()
    migrate(backup)
    one, other = Group.objects.get(slug="tenant-g0"), Group.objects.get(slug="tenant-g1")
    theirs = set(Thing.objects.filter(group=one).values_list("pk", flat=True))
    mine, yours = Thing.objects.filter(group=one).order_by("pk")[0], Thing.objects.filter(group=other).order_by("pk")[0]
    for thing in (mine, yours):
        thing_change(thing, {"status": "draft"}, actor=PLATFORM)
    late = make_connection(one)
    make_event(one, actor=late.from_thing)
    stays = make_connection(other)
    migrated = content()

    report = command("rollback_ontology", "--backup-file", backup, "--mode", "exact", "--group", "tenant-g0")

    after = content()
    assert report["conflicts"] == {}
    assert of_group(after["Thing"], theirs) == of_group(before["Thing"], theirs)
    assert not Thing.objects.filter(group=one).exists()
    assert not Connection.objects.filter(group=one).exists()
    assert not Event.objects.filter(group=one).exists()
    others = {row["id"] for row in migrated["Thing"] if row["group_id"] == other.pk}
    assert of_group(after["Thing"], others) == of_group(migrated["Thing"], others)
    assert Connection.objects.filter(pk=stays.pk, group=other).exists()
    assert drift() == []


def test_rollback_ontology__exact_is_taken_back_exactly(backup: Path) -> None:
    migrate(backup)
    group = make_group(slug="later")
    make_connection(group)
    make_event(group, actor=make_thing(group))
    migrated = content()

    there = command("rollback_ontology", "--backup-file", backup, "--mode", "exact")
    assert Thing.objects.filter(schema_version=1).count() == 0
    assert drift() == []
    back = command("rollback_ontology", "--backup-file", there["saved"], "--mode", "exact")

    assert content() == migrated
    assert (back["conflicts"], back["mode"]) == ({}, "exact")
    assert drift() == []
