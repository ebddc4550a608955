"""Loading an old export: every document ends as a row or in quarantine, and twice is once."""

import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError

from ontology.models import Connection, Event, Group, Knowledge, LegacyRow, QuarantinedRow, Run, Thing, ThingKnowledge
from tests.ontology.legacy_exports import SMALL, document, load, write_export


@pytest.mark.django_db
def test_import_legacy__keeps_every_document(tmp_path: Path) -> None:
    load(write_export(tmp_path / "small.zip", SMALL))

    group = Group.objects.get(slug="shop")
    assert set(Thing.objects.values_list("external_id", "schema_version", "group", "name")) == {
        ("a", 0, None, "Ada"),
        ("b", 0, None, " "),
        ("b2", 0, None, "S"),
    }
    link = Connection.objects.get()
    assert (link.group_id, link.from_thing_id, link.to_thing_id, link.strength) == (
        None,
        *(Thing.objects.get(external_id=name).pk for name in "ab"),
        None,
    )
    assert LegacyRow.objects.get(kind="connection").told == {"strength": 7}
    event = Event.objects.get(group=None)
    assert (event.external_id, event.target_id) == ("a", link.to_thing_id)
    assert not Thing.objects.filter(pk=event.actor_id).exists()
    assert LegacyRow.objects.get(kind="event").told == {"actorId": "gone"}
    assert list(Knowledge.objects.values_list("labels", "embedding_dim")) == [(["l"], 2)]
    assert ThingKnowledge.objects.count() == 1
    assert LegacyRow.objects.get(kind="thing", old_id="a").own_group == group.pk
    assert LegacyRow.objects.get(kind="thing", old_id="b2").told == {"groupId": "nowhere"}
    assert LegacyRow.objects.get(kind="group").told == {"settings": {"plan": "pro"}}
    assert list(QuarantinedRow.objects.values_list("kind", "reason", "document___id")) == [("visits", "unknown_table", "v")]


@pytest.mark.django_db
def test_import_legacy__twice_adds_nothing(tmp_path: Path) -> None:
    path = write_export(tmp_path / "small.zip", SMALL)
    load(path)
    models = (Group, Thing, Connection, Event, Knowledge, ThingKnowledge, LegacyRow, QuarantinedRow)
    before = [model.objects.count() for model in models]

    load(path)

    assert [model.objects.count() for model in models] == before
    assert Run.objects.order_by("id").last().counts["entities"] == {"read": 3, "known": 3}


@pytest.mark.django_db
def test_import_legacy__dry_run_writes_nothing(tmp_path: Path) -> None:
    said = load(write_export(tmp_path / "small.zip", SMALL), "--dry-run")

    assert "entities                       3           3" in said
    assert not Thing.objects.exists()
    assert not Run.objects.exists()
    assert not QuarantinedRow.objects.exists()


@pytest.mark.django_db
def test_import_legacy__quarantines_what_is_no_row(tmp_path: Path) -> None:
    thing = {"type": "product", "name": "P", "properties": {}}
    deep = "[" * 5000 + "]" * 5000
    lines = [document("a", **thing), '{"_id": broken', "[1]", '{"name": 1}', document("a", **{**thing, "name": "Q"}), deep]
    lines += ['{"_id":"z","name":"\\u0000"}', json.dumps({"_id": "h", "name": "h" * (17 << 20)}), document("a", **thing)]

    load(write_export(tmp_path / "odd.zip", {"groups": [], "entities": lines}))

    assert Thing.objects.count() == 1
    found = dict(QuarantinedRow.objects.values_list("place", "reason"))
    names = ("", "broken_json", "not_an_object", "no_id", "id_repeated", "broken_json", "null_character", "too_large")
    assert found == {f"entities/documents.jsonl:{line}": reason for line, reason in enumerate(names, 1) if reason}
    assert Run.objects.get().counts["entities"] == {"read": 9, "loaded": 1, "known": 1, "quarantined": 7}


@pytest.mark.django_db
def test_import_legacy__changes_no_value(tmp_path: Path) -> None:
    thing = {"type": "product", "name": "P"}
    large = document("large", **thing, properties={"serial": 12345678901234567890123, "least": -(2**63) - 1, "mole": 602 * 10**21})
    escaped = document("escaped", **thing, properties={"regex": "\\u0000", "most": 2**64 - 1})

    load(write_export(tmp_path / "values.zip", {"groups": [], "entities": [large, escaped]}))

    assert Thing.objects.get(external_id="escaped").properties == {"regex": "\\u0000", "most": 2**64 - 1}
    assert Thing.objects.get(external_id="large").properties == {
        "serial": "12345678901234567890123",
        "least": "-9223372036854775809",
        "mole": 6.02e23,
    }
    assert not QuarantinedRow.objects.exists()


@pytest.mark.django_db
def test_import_legacy__keeps_vectors_that_no_column_holds(tmp_path: Path) -> None:
    knowledge = document("k", knowledgeType="vector_only", embedding=[1e39, 0], embeddingModel="m", embeddingDim=2)

    load(write_export(tmp_path / "vectors.zip", {"groups": [], "knowledge": [knowledge]}))

    assert Knowledge.objects.get().embedding is None
    assert set(LegacyRow.objects.get(kind="knowledge").told) == {"embedding", "embeddingModel", "embeddingDim"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../entities/documents.jsonl", "/entities/documents.jsonl", "a\\..\\documents.jsonl", "C:/documents.jsonl"])
def test_import_legacy__refuses_names_that_lead_out(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("entities/documents.jsonl", json.dumps(document("a", type="product", name="P")))
        archive.writestr(name, "{}")

    with pytest.raises(CommandError, match="leads out of it"):
        load(tmp_path / "out.zip")

    assert not Thing.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("line", [b"\0" * (80 << 20), (b"{" + b" " * 100_000 + b"}\n") * 800], ids=["one line", "many lines"])
def test_import_legacy__refuses_a_bomb(tmp_path: Path, line: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("entities/documents.jsonl", line)

    with pytest.raises(CommandError, match="a ZIP bomb"):
        load(tmp_path / "bomb.zip")

    assert not Run.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("cut", [0, 30, 400])
def test_import_legacy__refuses_a_broken_file(tmp_path: Path, cut: int) -> None:
    whole = write_export(tmp_path / "small.zip", SMALL).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:cut])

    with pytest.raises(CommandError, match="Nothing was written"):
        load(tmp_path / "cut.zip")


@pytest.mark.django_db
def test_import_legacy__groups_in_a_circle_and_taken_slugs(tmp_path: Path) -> None:
    Group.objects.create(slug="shop", name="Another tenant")
    groups = [document("g1", slug="shop", name="Shop", parentGroupId="g2"), document("g2", slug="Röd & Grön", name="", parentGroupId="g1")]

    load(write_export(tmp_path / "groups.zip", {"groups": groups}))

    first, second = (Group.objects.get(pk=LegacyRow.objects.get(kind="group", old_id=old_id).row_id) for old_id in ("g1", "g2"))
    assert (first.slug[:12], first.parent_id, second.slug, second.name, second.parent_id) == (
        "shop-legacy-",
        second.pk,
        "r-d-gr-n",
        "(unnamed g2)",
        None,
    )
