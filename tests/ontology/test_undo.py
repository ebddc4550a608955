"""Undoing a run: everything back as it was, save rows edited since; and the undoing undone."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from ontology.choices import OnConflict
from ontology.errors import RunExclusive, RunNotUndoable
from ontology.isolation import PLATFORM_SCOPE, Scope, acting
from ontology.models import Connection, Event, Group, Knowledge, Run, Thing, ThingKnowledge
from ontology.records import RecordFile
from ontology.services.actor import Actor
from ontology.services.deletions import thing_delete
from ontology.services.import_records import Target
from ontology.services.imports import FileImport
from ontology.services.runs import Driver
from ontology.services.thing_changes import things_update
from ontology.services.undo import UndoJob, run_undo
from tests.factories import make_connection, make_event, make_group, make_membership, make_run, make_thing
from tests.ontology.loading import written
from tests.roles import as_role

pytestmark = pytest.mark.django_db
RECORDS: list[dict[str, Any]] = [
    *({"kind": "thing", "type": "note", "name": f"Note {n}", "external_id": f"n{n}", "properties": {"content": f"{n}"}} for n in range(30)),
    *({"kind": "connection", "from": f"n{n}", "to": f"n{n + 1}", "type": "part_of"} for n in range(20)),
    *(
        {"kind": "event", "type": "content_event", "target": f"n{n}", "timestamp": 1_700_000_000 + 5_000_000 * n, "metadata": {"n": n}}
        for n in range(20)
    ),
    {"kind": "event", "type": "content_event", "target": "n3", "timestamp": 1_600_000_000, "external_id": "e-1"},
    {
        "kind": "knowledge",
        "type": "label",
        "text": "About n5",
        "source": "n5",
        "links": [{"thing": "n5", "role": "label"}, {"thing": "n6", "role": "label"}],
    },
]


@pytest.fixture
def group() -> Group:
    return make_group(slug="here")


def state(group: Group) -> dict[str, list[dict[str, Any]]]:
    """Every row of GROUP but the record of changes, without when and how often it was changed."""
    told: dict[str, list[dict[str, Any]]] = {}
    for model in (Thing, Connection, Event, Knowledge, ThingKnowledge):
        rows = model.objects.filter(group=group)
        rows = rows.exclude(type="thing_updated") if model is Event else rows
        told[model.__name__] = [
            {key: str(value) for key, value in row.items() if key not in {"updated_at", "version"}} for row in rows.order_by("pk").values()
        ]
    return told


def loaded(path: Path, group: Group, records: list[dict[str, Any]], **options: Any) -> Run:
    on_conflict = options.pop("on_conflict", OnConflict.ERROR)
    run = FileImport(RecordFile(written(path / "file.ndjson", records)), Target(group, on_conflict), batch_records=25, **options).run().run
    assert run is not None
    return run


def undone(run: Run) -> Run:
    begun = run_undo(run, foreground=True)
    done = Driver(UndoJob()).drive(begun.pk)
    assert done.state == "succeeded"
    return done


def test_undo__import_into_an_empty_group_leaves_nothing(group: Group, tmp_path: Path) -> None:
    before = state(group)
    run = loaded(tmp_path, group, RECORDS)
    after = state(group)

    undoing = undone(run)

    assert state(group) == before
    assert (undoing.result, undoing.total) == ({"undone": 72, "stay": 0}, 72)
    again = undone(undoing)
    assert state(group) == after
    assert again.result == {"undone": 72, "stay": 0}
    undone(again)
    assert state(group) == before


def test_undo__the_same_file_loads_again_afterwards(group: Group, tmp_path: Path) -> None:
    run = loaded(tmp_path, group, RECORDS)
    undone(run)

    again = loaded(tmp_path, group, RECORDS)

    assert again.counts["thing"] == {"created": 30, "updated": 0, "skipped": 0, "rejected": 0}
    assert Event.objects.in_group(group).count() == 21


def test_undo__updates_are_turned_back(group: Group, tmp_path: Path) -> None:
    kept = make_thing(group, type="note", name="Old", external_id="n1", properties={"content": "old", "more": 1}, status="active")
    before = state(group)
    run = loaded(tmp_path, group, RECORDS[:30], on_conflict=OnConflict.UPDATE)
    kept.refresh_from_db()
    assert (kept.name, kept.properties) == ("Note 1", {"content": "1"})
    after = state(group)

    undoing = undone(run)

    assert state(group) == before
    undone(undoing)
    assert state(group) == after


def test_undo__rows_edited_or_used_since_stay_and_are_listed(group: Group, tmp_path: Path) -> None:
    run = loaded(tmp_path, group, RECORDS[:30])
    things = {thing.external_id: thing for thing in Thing.objects.in_group(group)}
    things_update(group, [{"id": str(things["n0"].pk), "name": "Edited"}])
    thing_delete(things["n1"])
    make_connection(group, things["n2"], things["n3"], type="part_of")
    make_event(group, target=things["n4"])

    undoing = undone(run)

    assert sorted(Thing.objects.in_group(group).values_list("external_id", flat=True)) == ["n0", "n1", "n2", "n3", "n4"]
    assert undoing.result == {"undone": 25, "stay": 5}
    listed = {json.loads(bytes(reject.text))["id"]: reject.problems[0]["error"] for reject in undoing.rejects.all()}
    assert listed == {
        str(things["n0"].pk): "It was changed since.",
        str(things["n1"].pk): "It was deleted since.",
        str(things["n2"].pk): "Other connections lead to it or from it.",
        str(things["n3"].pk): "Other connections lead to it or from it.",
        str(things["n4"].pk): "Other events name it.",
    }


def test_undo__update_edited_since_stays(group: Group, tmp_path: Path) -> None:
    thing = make_thing(group, type="note", name="Old", external_id="n1")
    run = loaded(tmp_path, group, RECORDS[:30], on_conflict=OnConflict.UPDATE)
    things_update(group, [{"id": str(thing.pk), "name": "Mine"}])

    undoing = undone(run)

    thing.refresh_from_db()
    assert (thing.name, undoing.result) == ("Mine", {"undone": 29, "stay": 1})


def test_undo__created_and_updated_by_one_run_goes_whole(group: Group, tmp_path: Path) -> None:
    records = [*RECORDS[:30], *({**record, "name": f"{record['name']} again"} for record in RECORDS[:30])]
    run = loaded(tmp_path, group, records, on_conflict=OnConflict.UPDATE)
    assert Thing.objects.in_group(group).filter(name__endswith="again").count() == 30

    undoing = undone(run)

    assert (state(group)["Thing"], undoing.result["stay"]) == ([], 0)


def test_undo__what_took_the_place_is_not_replaced(group: Group, tmp_path: Path) -> None:
    undoing = undone(loaded(tmp_path, group, RECORDS[:3]))
    make_thing(group, external_id="n1")

    again = undone(undoing)

    assert again.result == {"undone": 2, "stay": 1}
    assert again.rejects.get().problems[0]["error"] == "Its external_id is taken by now."


def test_undo__interrupted_and_continued(group: Group, tmp_path: Path) -> None:
    before = state(group)
    run = loaded(tmp_path, group, RECORDS)
    begun = run_undo(run, foreground=True)

    stops = 0
    while Driver(UndoJob(), should_stop=lambda: True).drive(begun.pk).state != "succeeded":
        stops += 1

    assert (state(group), stops > 3) == (before, True)


def test_undo__refusals(group: Group, tmp_path: Path) -> None:
    run = loaded(tmp_path, group, RECORDS[:3])

    with pytest.raises(RunNotUndoable, match="of the kind load"):
        run_undo(make_run(kind="load"))
    with pytest.raises(RunNotUndoable, match="is running"):
        run_undo(make_run(kind="import", state="running"))
    with pytest.raises(RunNotUndoable, match="wrote nothing"):
        run_undo(make_run(kind="import"))
    begun = run_undo(run, foreground=True)
    with pytest.raises(RunExclusive):
        run_undo(run, foreground=True)
    Driver(UndoJob()).drive(begun.pk)
    with pytest.raises(RunNotUndoable, match="undone already"):
        run_undo(run, foreground=True)


def test_undo__events_go_by_no_other_way(group: Group, tmp_path: Path) -> None:
    """The one function that takes events refuses runs that undo nothing, and events that the undone run did not write."""
    run = loaded(tmp_path, group, RECORDS)
    other = make_event(group)
    begun = run_undo(run, foreground=True)

    with pytest.raises(DatabaseError, match="undoes nothing"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT ontology_run_events_take(%s, %s, %s)", [run.pk, group.pk, [other.pk]])
    Run.objects.filter(pk=begun.pk).update(state="running")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.context', '', true)")
        with pytest.raises(DatabaseError, match="undoes nothing"), transaction.atomic():
            cursor.execute("SELECT ontology_run_events_take(%s, %s, %s)", [begun.pk, group.pk, [other.pk]])
    assert Event.objects.filter(pk=other.pk).exists()


def test_undo__of_what_an_operator_loaded_into_other_groups_too(group: Group, tmp_path: Path) -> None:
    other, owner = make_group(slug="other"), make_membership(group, role="group_owner").person
    run = loaded(tmp_path, group, [{"kind": "thing", "type": "note", "name": "N", "group": slug} for slug in ("here", "other")])

    with acting(Scope(frozenset([group.pk]))), as_role("app"), pytest.raises(RunNotUndoable, match="whoever governs the platform"):
        run_undo(run, actor=Actor(owner))
    assert Thing.objects.in_group(other).live().count() == 1
    with acting(PLATFORM_SCOPE), as_role("worker"):
        undoing = Driver(UndoJob()).drive(run_undo(run, foreground=True).pk)
        back = Driver(UndoJob()).drive(run_undo(undoing, foreground=True).pk)

    assert (undoing.result, back.result) == ({"undone": 2, "stay": 0}, {"undone": 2, "stay": 0})
    assert {thing.group for thing in Thing.objects.live()} == {group, other}
