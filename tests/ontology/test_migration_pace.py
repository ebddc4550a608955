"""How batches grow and shrink, what a run remembers of those that are open, and keys that another row has."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ontology.migration import runner
from ontology.migration.pace import ROWS_FIRST, TARGET_SECONDS, Pace, Ranges
from ontology.migration.steps.connections import Connections
from ontology.migration.steps.step import FIRST_ID, KeyRange
from ontology.models import Connection, Event, Group, LegacyRow, QuarantinedRow, Run, Thing
from ontology.services.record import partitions_ensure
from tests.factories import make_connection
from tests.ontology.legacy_exports import SMALL, document, generated, load, write_export
from tests.ontology.legacy_model import expected
from tests.ontology.test_migrate_ontology import migrate, numbers

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_pace__follows_the_slowest_of_the_last_batches_and_at_most_doubles() -> None:
    pace = Pace()
    pace.begin(5000)
    assert pace.rows == ROWS_FIRST

    pace.took(100, TARGET_SECONDS / 100)
    assert pace.rows == 200
    pace.took(200, TARGET_SECONDS * 2)
    assert pace.rows == 100
    for _ in range(5):
        pace.took(100, TARGET_SECONDS / 10)
        assert pace.rows == 100, "one of the last six was slow"
    pace.took(100, TARGET_SECONDS / 10)
    assert pace.rows == 200
    assert (pace.smallest, pace.largest, pace.longest) == (100, 200, TARGET_SECONDS * 2)

    pace.begin(50)
    assert pace.rows == 50
    pace.took(50, 10.0)
    assert pace.rows == 20


def test_ranges__name_what_is_open_before_the_place() -> None:
    ids = [uuid.UUID(int=n) for n in range(1, 5)]
    one, two, three = (KeyRange(before, until, 10, NOW, NOW) for before, until in zip([FIRST_ID, *ids], ids[:3], strict=False))
    ranges = Ranges("things", FIRST_ID, [one, two, three])

    told = ranges.with_done(two)
    assert told == {"step": "things", "after": str(two.until), "open": [[str(one.after), str(one.until), 10, NOW.isoformat(), NOW.isoformat()]]}
    ranges.done(two)
    assert Ranges.told(told) == Ranges("things", two.until, [one])
    assert ranges.with_done(one) == {"step": "things", "after": str(two.until)}
    ranges.done(one)
    assert ranges.with_done(three) == {"step": "things", "after": str(three.until)}


@pytest.mark.django_db
def test_migrate_ontology__goes_on_with_ranges_that_were_open(tmp_path: Path) -> None:
    tables = generated(8, things=60)
    load(write_export(tmp_path / "generated.zip", tables))
    migrate(tmp_path, "--no-backup", "--batch-size", "20", "--max-seconds", "0")
    run = Run.objects.get(kind="migration")
    step = next(step for step in runner.STEPS if step.name == "things")
    assert isinstance(step, runner.KeyedStep)
    first = step.next_range(FIRST_ID, 20)
    assert first is not None
    second = step.next_range(first.until, 10)
    assert second is not None
    migrate(tmp_path, "--no-backup", "--batch-size", "20", "--max-seconds", "0", "--resume", str(run.pk))
    while run.cursor.get("step") != "things":
        migrate(tmp_path, "--no-backup", "--batch-size", "20", "--max-seconds", "0", "--resume", str(run.pk))
        run.refresh_from_db()
    assert run.done == 0
    run.cursor = Ranges("things", FIRST_ID, [first, second]).with_done(second)
    run.save(update_fields=["cursor"])

    report = migrate(tmp_path, "--no-backup", "--resume", str(run.pk))

    left = set(LegacyRow.objects.filter(kind="thing", row_id__gt=first.until, row_id__lte=second.until).values_list("row_id", flat=True))
    assert set(Thing.objects.filter(schema_version=0).values_list("pk", flat=True)) == left
    assert len(left) == 10
    assert report["things_migrated"] == 50


@pytest.mark.django_db
def test_migrate_ontology__two_spellings_of_a_type_become_one_connection(tmp_path: Path) -> None:
    things = [document(name, groupId="g1", type="note", name=name) for name in "ab"]
    links = [
        document(f"{n}", _creationTime=1_700_000_000_000 + n, fromEntityId="a", toEntityId="b", relationshipType=word)
        for n, word in enumerate(["part of", "Part of", "part-of", "owns"])
    ]
    load(write_export(tmp_path / "export.zip", {"groups": SMALL["groups"], "entities": things, "connections": links}))

    report = migrate(tmp_path, "--no-backup")

    assert (report["connections_migrated"], report["connections_quarantined"]) == (2, {"duplicate": 2})
    assert set(Connection.objects.values_list("type", flat=True)) == {"part_of", "owns"}
    assert {row.document["_old_id"] for row in QuarantinedRow.objects.filter(kind="connection")} == {"1", "2"}


@pytest.mark.django_db
def test_migrate_ontology__a_connection_made_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {
        "groups": SMALL["groups"],
        "entities": [document(name, groupId="g1", type="note", name=name) for name in "ab"],
        "connections": [document("c", fromEntityId="a", toEntityId="b", relationshipType="references")],
    }
    load(write_export(tmp_path / "export.zip", tables))
    made: list[Connection] = []
    next_range = Connections.next_range

    def people_write(step: Connections, after: uuid.UUID, size: int) -> KeyRange | None:
        if not made:
            one, other = (Thing.objects.get(external_id=name) for name in "ab")
            made.append(make_connection(Group.objects.get(slug="shop"), one, other, type="references"))
        return next_range(step, after, size)

    monkeypatch.setattr(Connections, "next_range", people_write)
    report = migrate(tmp_path, "--no-backup")

    assert (report["connections_migrated"], report["connections_quarantined"]) == (0, {"duplicate": 1})
    assert list(Connection.objects.values_list("pk", flat=True)) == [made[0].pk]


@pytest.mark.django_db
def test_migrate_ontology__external_ids_that_are_taken_are_told(tmp_path: Path) -> None:
    group = Group.objects.create(slug="shop", name="Shop")
    partitions_ensure([NOW])
    for n in range(3):
        Thing.objects.create(pk=uuid.UUID(int=n + 1), type="note", name=f"{n}", schema_version=0, external_id="same")
        Event.objects.create(type="content_event", timestamp=NOW, external_id="same", actor_id=uuid.UUID(int=9))
    Thing.objects.create(group=group, type="note", name="There", external_id="same")

    report = migrate(tmp_path, "--no-backup", "--default-group", "shop")

    found = {name: number for name, number in report["findings"].items() if name.endswith("taken")}
    assert found == {"things_external_id_taken": 3, "events_external_id_taken": 2}
    assert sorted(Thing.objects.values_list("external_id", flat=True)) == ["same", *(f"same~{uuid.UUID(int=n + 1)}" for n in range(3))]


@pytest.mark.django_db
def test_migrate_ontology__validates_and_migrates_alike(tmp_path: Path) -> None:
    tables = generated(9, things=40)
    load(write_export(tmp_path / "generated.zip", tables))

    tried, run = migrate(tmp_path, "--validate-only"), migrate(tmp_path, "--no-backup", "--batch-size", "7")

    wanted = expected(tables)
    assert numbers(tried, wanted) == numbers(run, wanted) == wanted
