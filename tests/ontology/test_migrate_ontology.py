"""Migrating legacy rows: the numbers of the rules, the rows they leave, and that twice is once."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ontology.migration.unfinished import check_migration
from ontology.models import Connection, Event, Group, Knowledge, LegacyRow, QuarantinedRow, Run, Thing, ThingKnowledge
from ontology.services.events import events_insert
from ontology.services.knowledge import knowledge_insert
from ontology.services.things import things_insert
from tests.ontology.legacy_exports import CREATED, DATA, SMALL, document, generated, load, read_export, write_export
from tests.ontology.legacy_model import expected

MODELS = (Group, Thing, Connection, Event, Knowledge, ThingKnowledge, QuarantinedRow)


def migrate(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """The report of migrate_ontology."""
    path = tmp_path / "report.json"
    call_command("migrate_ontology", *arguments, "--report", str(path), stdout=StringIO())
    report: dict[str, Any] = json.loads(path.read_text())
    return report


def numbers(report: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: report[name] for name in wanted}


def all_rows() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_migrate_ontology__comes_to_what_the_rules_say(tmp_path: Path, seed: int) -> None:
    tables = generated(seed)
    load(write_export(tmp_path / "generated.zip", tables))
    wanted = expected(tables)

    tried, run = migrate(tmp_path, "--validate-only"), migrate(tmp_path, "--no-backup", "--batch-size", "97")

    assert numbers(tried, wanted) == wanted
    assert numbers(run, wanted) == wanted
    assert run["findings"] == tried["findings"]
    assert set(run["integrity"]["after"].values()) == {0}
    rows = Connection.objects.count() + QuarantinedRow.objects.filter(kind="connection").count()
    assert rows == len(tables["connections"])


@pytest.mark.django_db
def test_migrate_ontology__default_assignment(tmp_path: Path) -> None:
    tables = generated(4, things=400)
    load(write_export(tmp_path / "generated.zip", tables))
    wanted = expected(tables, infer=False)

    assert numbers(migrate(tmp_path, "--no-backup", "--assign", "default", "--default-group", "old"), wanted) == wanted
    assert Thing.objects.filter(group__slug="old").count() == wanted["things_group_isolated"]


@pytest.mark.django_db
def test_migrate_ontology__twice_changes_nothing(tmp_path: Path) -> None:
    path = write_export(tmp_path / "generated.zip", generated(5))
    load(path)
    migrate(tmp_path, "--no-backup")
    before = all_rows()
    load(path)

    again = migrate(tmp_path, "--no-backup")

    assert {number for name, number in again.items() if name.endswith("_migrated")} == {0}
    assert [rows for model, rows in zip(MODELS, all_rows(), strict=True) if model is not Event] == [
        rows for model, rows in zip(MODELS, before, strict=True) if model is not Event
    ]
    tenants = Event.objects.exclude(group__slug="platform")
    assert list(tenants.order_by("pk").values()) == [row for row in before[MODELS.index(Event)] if row["group_id"] != Group.objects.platform().pk]


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["--validate-only", "--dry-run"])
def test_migrate_ontology__tries_without_a_trace(tmp_path: Path, how: str) -> None:
    tables = generated(6)
    load(write_export(tmp_path / "generated.zip", tables))
    before, runs = all_rows(), Run.objects.count()

    wanted = expected(tables)
    assert numbers(migrate(tmp_path, how), wanted) == wanted

    assert all_rows() == before
    assert Run.objects.count() == runs


@pytest.mark.django_db
def test_migrate_ontology__rows_afterwards(tmp_path: Path) -> None:
    load(write_export(tmp_path / "small.zip", SMALL))

    report = migrate(tmp_path, "--no-backup")

    shop, legacy = Group.objects.get(slug="shop"), Group.objects.get(slug="legacy")
    ada, blank, ship = (Thing.objects.get(external_id=name) for name in ("a", "b", "b2"))
    assert (ada.group, ada.schema_version) == (shop, 1)
    assert (blank.group, blank.name, blank.properties) == (shop, "(unnamed b)", {"_legacy": ["x"], "_legacyFields": {"status": "odd"}})
    assert (ship.group, ship.type, ship.properties) == (
        legacy,
        "space_ship",
        {"_legacy": None, "_legacyFields": {"type": "Space ship", "groupId": "nowhere"}},
    )
    event = Event.objects.get(external_id="a")
    assert (event.group, event.actor_id, event.target_id) == (shop, None, blank.pk)
    assert event.metadata == {"n": 1, "_legacy": {"actorId": "gone"}}
    kept = QuarantinedRow.objects.get(kind="connection")
    assert (kept.reason, kept.document["_own_group"], kept.document["_told"]) == ("reversed_validity", str(shop.pk), {"strength": 7})
    assert report["findings"] == {
        "thing_types_registered": 1,
        "things_break_their_schema": 1,
        "things_malformed_properties": 2,
        "things_unknown_type": 1,
        "things_unnamed": 1,
    }


@pytest.mark.django_db
def test_migrate_ontology__validation_foresees_types_that_become_one_and_taken_keys(tmp_path: Path) -> None:
    own = {"groupId": "g", "properties": {}}
    things = [document("a", type="Creator", name="A", **own), document("p", type="Product", name="P", **own)]
    links = [document(f"c{n}", fromEntityId="a", toEntityId="p", relationshipType=t) for n, t in enumerate(("purchased", "Purchased", "authored"))]
    event = document("e", groupId="g", type="content_event", timestamp=CREATED)
    tables = {"groups": [document("g", slug="g", name="G")], "entities": things, "connections": links, "events": [event]}
    load(write_export(tmp_path / "spelt.zip", {**tables, "knowledge": [document("k", groupId="g", text="t", knowledgeType="label")]}))
    group = Group.objects.get(slug="g")
    things_insert(group, [{"type": "note", "name": "N", "external_id": "p"}])
    knowledge_insert(group, [{"type": "label", "text": "t", "external_id": "k"}])
    events_insert(group, [{"type": "content_event", "external_id": "e", "timestamp": CREATED / 1000}])

    tried, run = migrate(tmp_path, "--validate-only"), migrate(tmp_path, "--no-backup")

    assert tried["findings"] == run["findings"]
    assert tried["connections_quarantined"] == run["connections_quarantined"] == {"duplicate": 1}
    assert {name: number for name, number in tried["findings"].items() if name.endswith("_taken")} == {
        "things_external_id_taken": 1,
        "knowledge_external_id_taken": 1,
        "events_external_id_taken": 1,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("how", [["--validate-only"], ["--dry-run"], ["--no-backup"]])
def test_migrate_ontology__gives_no_tenant_the_rows_of_nobody(tmp_path: Path, how: list[str]) -> None:
    groups = [document("g", slug="legacy", name="A tenant of the old platform")]
    load(write_export(tmp_path / "alone.zip", {"groups": groups, "entities": [document("a", type="note", name="A", properties={})]}))
    tenant = Group.objects.get(pk=LegacyRow.objects.get(kind="group").row_id)
    assert tenant.slug.startswith("legacy-legacy-")
    Group.objects.filter(pk=tenant.pk).update(slug="legacy")

    with pytest.raises(CommandError, match="was not made by a migration"):
        migrate(tmp_path, *how)

    assert not Thing.objects.filter(group=tenant).exists()
    Group.objects.filter(pk=tenant.pk).update(slug="tenant")
    assert migrate(tmp_path, "--no-backup")["things_migrated"] == 1
    assert Thing.objects.get().group.slug == "legacy"  # type: ignore[union-attr]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        ["migrate_ontology", "--no-backup", "--resume", "x"],
        ["import_legacy", "x.zip", "--resume", "x"],
        ["rollback_ontology", "--backup-file", "x", "--group", "x"],
    ],
    ids=lambda words: words[0],
)
def test_commands__name_what_is_not_there(words: list[str]) -> None:
    with pytest.raises(CommandError, match=r"There is no (run|group) 'x'\."):
        call_command(*words, stdout=StringIO())


ODD: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**400, "", " ", "\ud800", "\u0001", "x" * 100_000, [], [[]], {}, {"a": {"b": []}}, "2024-02-30", -(10**15), 10**18),
    *('{"_id": "a", "n": 1e999}', '{"_id": "a", "n": NaN}', "[" * 5000, '{"_id": "deep", "properties": ' + '{"d":' * 900 + "1" + "}" * 901),
]
FIELDS = {
    "groups": ("slug", "name", "type", "parentGroupId", "settings", "metadata"),
    "entities": ("type", "name", "properties", "status", "groupId", "createdAt"),
    "connections": ("fromEntityId", "toEntityId", "relationshipType", "metadata", "strength", "validFrom", "validTo"),
    "events": ("type", "actorId", "targetId", "timestamp", "metadata"),
    "knowledge": ("knowledgeType", "text", "labels", "embedding", "embeddingModel", "sourceThingId", "chunk", "metadata"),
    "thingKnowledge": ("thingId", "knowledgeId", "role", "metadata"),
}


@pytest.mark.django_db
def test_migrate_ontology__whatever_a_field_holds_nothing_is_lost(tmp_path: Path) -> None:
    tables: dict[str, list[Any]] = {"empty": []}
    for table, fields in FIELDS.items():
        values = [value for value in ODD if not (isinstance(value, str) and value.startswith(("{", "[")))]
        rows: list[Any] = [document(f"{field} {n}", **{field: value}) for field in fields for n, value in enumerate(values)]
        rows += [{"_id": value} for value in values] + [value for value in ODD if isinstance(value, str) and value.startswith(("{", "["))]
        tables[table] = rows
    path = write_export(tmp_path / "odd.zip", tables)
    load(path)
    counts = Run.objects.get(kind="legacy_import").counts

    report = migrate(tmp_path, "--no-backup")

    for table, rows in tables.items():
        told = counts.get(table, Counter())
        assert told.get("read", 0) == len(rows) == sum(told.get(name, 0) for name in ("loaded", "known", "quarantined")), (table, told)
    assert report["things_migrated"] == counts["entities"]["loaded"] == Thing.objects.filter(schema_version=1).count()
    assert report["events_migrated"] == counts["events"]["loaded"]
    assert report["knowledge_migrated"] == counts["knowledge"]["loaded"]
    assert report["connections_migrated"] + sum(report["connections_quarantined"].values()) == counts["connections"]["loaded"]
    assert report["thing_knowledge_migrated"] + report["thing_knowledge_quarantined"] == counts["thingKnowledge"]["loaded"]
    assert set(report["integrity"]["after"].values()) == {0}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "whole"),
    [
        ({"a": 1}, {"a": 1, "_legacy": {"status": "odd"}}),
        ({"_legacy": {"b": 2}}, {"_legacy": {"b": 2, "status": "odd"}}),
        ({"_legacy": {"status": "odd"}}, {"_legacy": {"status": "odd"}}),
        ({"_legacy": {"status": "mine"}}, {"_legacy": {"status": "mine"}, "_legacyFields": {"status": "odd"}}),
        ({"_legacy": [1], "_legacyFields": 7}, {"_legacy": [1], "_legacyFields": {"status": "odd", "_legacyFields": 7}}),
        (["x"], {"_legacy": ["x"], "_legacyFields": {"status": "odd"}}),
    ],
)
def test_what_is_told__replaces_nothing_of_the_documents_own(value: Any, whole: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ontology_legacy_merged(%s::jsonb, %s::jsonb)", [json.dumps(value), '{"status": "odd"}'])
        (found,) = cursor.fetchone()

    assert json.loads(found) == whole


@pytest.mark.django_db
def test_migrate_ontology__cycles_are_kept_and_told(tmp_path: Path) -> None:
    ends = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "d"), ("d", "e")]
    links = [document(f"{n}", fromEntityId=one, toEntityId=other, relationshipType="Part of") for n, (one, other) in enumerate(ends)]
    links += [document("free", fromEntityId="b", toEntityId="a", relationshipType="owns")]
    things = [document(name, groupId="g1", type="note", name=name) for name in "abcde"]
    load(write_export(tmp_path / "export.zip", {"groups": SMALL["groups"], "entities": things, "connections": links}))

    tried, run = migrate(tmp_path, "--validate-only"), migrate(tmp_path, "--no-backup")

    assert tried["findings"]["connections_on_cycles"] == run["findings"]["connections_on_cycles"] == 4
    assert (run["connections_migrated"], run["connections_quarantined"]) == (7, {})


@pytest.mark.django_db
def test_check_migration__tells_of_legacy_rows_until_they_are_migrated(tmp_path: Path) -> None:
    load(write_export(tmp_path / "small.zip", SMALL))
    assert [warning.msg for warning in check_migration()] == ["7 legacy rows are not migrated; nobody sees them until they are."]

    migrate(tmp_path, "--no-backup")

    assert check_migration() == []


@pytest.mark.django_db
def test_migrate_ontology__empty_tables(tmp_path: Path) -> None:
    report = migrate(tmp_path, "--no-backup")

    assert (report["things_migrated"], report["connections_quarantined"], report["rows_read"]) == (0, {}, 0)


@pytest.mark.django_db
def test_migrate_ontology__stops_and_goes_on(tmp_path: Path) -> None:
    tables = generated(7)
    load(write_export(tmp_path / "generated.zip", tables))
    call_command("migrate_ontology", "--no-backup", "--batch-size", "20", "--max-seconds", "0.2", stdout=StringIO())
    run = Run.objects.get(kind="migration")
    assert run.state == "interrupted"

    wanted = expected(tables)
    assert numbers(migrate(tmp_path, "--no-backup", "--parallel", "1", "--resume", str(run.pk)), wanted) == wanted


@pytest.mark.parametrize("number", ["0", "9"])
def test_migrate_ontology__so_many_batches_side_by_side_are_refused(number: str) -> None:
    with pytest.raises(CommandError, match="--parallel must be 1 to 8"):
        call_command("migrate_ontology", "--no-backup", "--parallel", number)


@pytest.mark.django_db
def test_migrate_ontology__real_export(tmp_path: Path) -> None:
    if not DATA.exists():  # the project's own tests do not need the folder
        return
    load(DATA / "legacy-export.zip")
    key = json.loads((DATA / "legacy-export.key.json").read_text())

    report = migrate(tmp_path, "--no-backup")

    assert numbers(report, key["expected"]) == key["expected"]
    found = {name: report["findings"][name] for name in ("things_unnamed", "things_unknown_type", "things_malformed_properties")}
    assert found == {name: key["defects"][name] for name in found}
    assert expected(read_export(DATA / "legacy-export.zip")) == key["expected"]
