"""load_ontology: the shipped files, orders, conflicts, rejects, and every kind of record."""

import gzip
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from django.core.management import CommandError
from django.db.models import FloatField, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from ontology.models import Connection, Event, Group, Knowledge, Membership, Run, RunReject, Thing
from ontology.services.demo import FOLDER
from tests.answers import rows
from tests.factories import make_group, make_person
from tests.ontology.loading import content, load, written

pytestmark = pytest.mark.django_db
SHOP, PROJECT = FOLDER / "shop.ndjson.gz", FOLDER / "project.ndjson.gz"
NOTE = {"kind": "thing", "type": "note", "name": "Note"}
SOLD = {"kind": "event", "type": "content_event", "timestamp": "2024-03-05T12:00:00Z"}


@pytest.fixture
def group() -> Group:
    return make_group(slug="here")


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def tallies(told: str) -> dict[str, tuple[int, ...]]:
    """Created, updated, skipped and rejected by kind, as the command tells them."""
    found = re.findall(r"^\s*(\w+)\s+([\d,]+) created\s+([\d,]+) updated\s+([\d,]+) skipped\s+([\d,]+) rejected", told, re.MULTILINE)
    return {kind: tuple(int(number.replace(",", "")) for number in numbers) for kind, *numbers in found}


def test_load_ontology__shop(group: Group) -> None:
    told = load(SHOP, "--group", "here")

    assert tallies(told) == {"thing": (2358, 0, 0, 0), "connection": (2357, 0, 0, 0), "event": (6919, 0, 0, 0)}
    assert Thing.objects.in_group(group).count() == 2_358
    assert Connection.objects.in_group(group).count() == 2_357
    events = Event.objects.in_group(group)
    assert events.count() == 6_919
    total = events.aggregate(total=Sum(Cast(KT("metadata__amount"), FloatField())))["total"]
    assert round(total, 2) == 244_091.94
    assert events.exclude(actor=None).values("actor").distinct().count() == 2_357


def test_load_ontology__shop_again_adds_nothing(group: Group) -> None:
    load(SHOP, "--group", "here")
    before = content(group)

    told = load(SHOP, "--group", "here", "--on-conflict", "skip")

    assert tallies(told) == {"thing": (0, 0, 2358, 0), "connection": (0, 0, 2357, 0), "event": (0, 0, 6919, 0)}
    assert content(group) == before


def test_load_ontology__contents_that_stand_twice_are_two_events() -> None:
    counts = Counter(json.dumps(line, sort_keys=True) for line in lines(SHOP) if line["kind"] == "event")

    assert (counts.total(), sum(1 for count in counts.values() if count > 1)) == (6_919, 19)


def test_load_ontology__shuffled_lines_are_the_same_events(group: Group, tmp_path: Path) -> None:
    load(SHOP, "--group", "here")
    before, shuffled = content(group), lines(SHOP)
    random.Random(7).shuffle(shuffled)
    elsewhere = make_group(slug="there")
    path = written(tmp_path / "shuffled.ndjson", shuffled)

    again = load(path, "--group", "here", "--on-conflict", "skip", "--batch-size", "2500")
    load(path, "--group", "there", "--batch-size", "2500")

    assert tallies(again)["event"] == (0, 0, 6919, 0)
    assert content(group) == before
    assert {kind: len(found) for kind, found in content(elsewhere).items()} == {kind: len(found) for kind, found in before.items()}


def test_load_ontology__project(group: Group) -> None:
    expected = [line["kind"] for line in lines(PROJECT)]

    told = tallies(load(PROJECT, "--group", "here"))

    assert {kind: numbers[0] for kind, numbers in told.items()} == {kind: expected.count(kind) for kind in set(expected)}
    assert all(numbers[1:] == (0, 0, 0) for numbers in told.values())


def test_load_ontology__atomic_with_one_bad_line(group: Group, tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [NOTE, {**NOTE, "name": ""}, {"kind": "connection", "from": "a", "to": "b", "type": "part_of"}])
    before = rows()

    with pytest.raises(CommandError, match="Nothing was written: a record was rejected"):
        load(path, "--group", "here", "--mode", "atomic")

    assert rows() == before
    rejects = [json.loads(line) for line in (tmp_path / "file.rejects.ndjson").read_text().splitlines()]
    assert [(reject["_line"], [problem["field"] for problem in reject["_problems"]]) for reject in rejects] == [(2, ["name"]), (3, ["from", "to"])]
    assert Run.objects.get().state == "failed"


def test_load_ontology__dry_run(group: Group, tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [NOTE, {**NOTE, "name": ""}, SOLD])
    before = rows()

    told = load(path, "--group", "here", "--dry-run")

    assert tallies(told) == {"thing": (1, 0, 0, 1), "event": (1, 0, 0, 0)}
    assert "A dry run: nothing was written." in told
    assert rows() == before
    assert not Run.objects.exists()


def test_load_ontology__rejects_can_be_corrected_and_loaded(group: Group, tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [
        {**NOTE, "external_id": "a"},
        {**NOTE, "external_id": "b", "name": ""},
        {**SOLD, "actor": "b"},
        {**SOLD, "actor": "b"},
        {"kind": "connection", "from": "a", "to": "b", "type": "part_of"},
        {"kind": "group", "slug": "UPPER", "name": "Upper"},
    ]
    told = load(written(tmp_path / "file.ndjson", records), "--group", "here")
    rejects = tmp_path / "file.rejects.ndjson"
    corrected = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [record["_line"] for record in corrected] == [2, 3, 4, 5, 6]
    assert tallies(told)["event"] == (0, 0, 0, 2)
    for record in corrected:
        record.update({"name": "Better"} if record["kind"] == "thing" else {"slug": "upper"} if record["kind"] == "group" else {})

    again = load(written(rejects, corrected), "--group", "here")

    assert tallies(again) == {"thing": (1, 0, 0, 0), "event": (2, 0, 0, 0), "connection": (1, 0, 0, 0), "group": (1, 0, 0, 0)}
    assert Event.objects.in_group(group).filter(type="content_event").count() == 2


def test_load_ontology__rejects_of_rejects_leave_the_file_alone(group: Group, tmp_path: Path) -> None:
    path = written(tmp_path / "file.rejects.ndjson", [NOTE, {**NOTE, "name": ""}])
    before = path.read_bytes()

    load(path, "--group", "here")

    assert path.read_bytes() == before
    assert len((tmp_path / "file.rejects.rejects.ndjson").read_text().splitlines()) == 1


def test_load_ontology__rejects_never_over_the_file_itself(group: Group, tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [{**NOTE, "name": ""}])

    with pytest.raises(CommandError, match="would be overwritten"):
        load(path, "--group", "here", "--rejects", str(path))


def test_load_ontology__rejects_that_cannot_be_written_are_kept_by_the_run(group: Group, tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [{**NOTE, "name": ""}])

    load(path, "--group", "here", "--rejects", str(tmp_path / "no" / "such" / "folder"))

    assert RunReject.objects.get().line == 1


def test_load_ontology__groups_and_memberships_in_any_order(group: Group, tmp_path: Path) -> None:
    make_person(email="ann@example.org", username="ann")
    records = [
        {"kind": "membership", "group": "leaf", "person": "Ann@example.org", "role": "customer", "creator": "ann"},
        {"kind": "event", "group": "leaf", "type": "content_event", "actor": "ann", "timestamp": 0},
        {"kind": "thing", "group": "leaf", "type": "creator", "name": "Ann", "external_id": "ann", "properties": {"role": "customer"}},
        {"kind": "group", "slug": "leaf", "name": "Leaf", "parent": "branch", "_line": 7},
        {"kind": "group", "slug": "branch", "name": "Branch", "parent": "here", "type": "community", "metadata": {"a": 1}},
    ]

    told = tallies(load(written(tmp_path / "file.ndjson", records)))

    assert told == {"group": (2, 0, 0, 0), "thing": (1, 0, 0, 0), "membership": (1, 0, 0, 0), "event": (1, 0, 0, 0)}
    member = Membership.objects.select_related("group__parent__parent", "person", "creator").get()
    assert member.group.parent is not None
    assert (member.group.slug, member.group.parent.slug, member.group.parent.parent) == ("leaf", "branch", group)
    assert (member.person.username, member.role, member.creator and member.creator.name) == ("ann", "customer", "Ann")


@pytest.mark.parametrize(
    ("record", "field", "code"),
    [
        ({"kind": "group", "slug": "a"}, "name", "missing"),
        ({"kind": "group", "name": "A"}, "slug", "missing"),
        ({"kind": "group", "slug": "a\0", "name": "A"}, "slug", "nul"),
        ({"kind": "group", "slug": ["a"], "name": "A"}, "slug", "not_text"),
        ({"kind": "group", "slug": "Not A Slug", "name": "A"}, "slug", "field_refused"),
        ({"kind": "group", "slug": "here", "name": "A"}, "slug", "slug_taken"),
        ({"kind": "group", "slug": "a", "name": " "}, "name", "field_refused"),
        ({"kind": "group", "slug": "a", "name": "A" * 201}, "name", "too_long"),
        ({"kind": "group", "slug": "a", "name": "A", "parent": "nowhere"}, "parent", "field_refused"),
        ({"kind": "group", "slug": "a", "name": "A", "parent": "a"}, "parent", "field_refused"),
        ({"kind": "group", "slug": "a", "name": "A", "parent": {}}, "parent", "not_text"),
        ({"kind": "group", "slug": "a", "name": "A", "type": "x" * 50}, "type", "unknown_type"),
        ({"kind": "group", "slug": "a", "name": "A", "status": []}, "status", "unknown_status"),
        ({"kind": "group", "slug": "a", "name": "A", "metadata": []}, "metadata", "not_object"),
        ({"kind": "group", "slug": "a", "name": "A", "description": 5}, "description", "not_text"),
        ({"kind": "group", "slug": "a", "name": "A", "id": "no"}, "id", "unknown_field"),
        ({"kind": "group", "slug": "a", "name": "A", "pk": 1}, "pk", "unknown_field"),
        ({"kind": "membership", "group": "here"}, "person", "missing"),
        ({"kind": "membership", "group": "here", "person": "a\0"}, "person", "nul"),
        ({"kind": "membership", "group": "here", "person": "no@example.org"}, "person", "field_refused"),
        ({"kind": "membership", "group": "here", "person": "ann@example.org", "role": "king"}, "role", "unknown_role"),
        ({"kind": "membership", "group": "here", "person": "ann@example.org", "creator": "nobody"}, "creator", "field_refused"),
        ({"kind": "membership", "group": "here", "person": "ann@example.org", "creator": {}}, "creator", "not_text"),
        ({"kind": "membership", "group": "here", "person": "ann@example.org", "is_staff": True}, "is_staff", "unknown_field"),
        ({"kind": "membership", "group": "nowhere", "person": "ann@example.org"}, "group", "no_such_group"),
        ({"kind": "thing", "group": "a\0", "type": "note", "name": "N"}, "group", "not_text"),
        ({"kind": "thing", "group": ["here"], "type": "note", "name": "N"}, "group", "not_text"),
        ({"kind": "thing", "type": "note", "name": "N"}, "group", "missing"),
        ({"kind": "poem"}, "kind", "unknown_kind"),
        ({"kind": ["thing"]}, "kind", "unknown_kind"),
        ({"type": "note"}, "kind", "unknown_kind"),
        ({"kind": "thing", "group": "here", "type": "note", "name": "N", "na\0me": 1}, "na\\x00me", "unknown_field"),
        ({"kind": "thing", "group": "here", "type": "note", "name": "N", "properties": {"a\0": "b\0"}}, "properties", "nul"),
    ],
)
def test_load_ontology__bad_record_is_named_and_the_rest_goes_on(group: Group, tmp_path: Path, record: dict[str, Any], field: str, code: str) -> None:
    make_person(email="ann@example.org")
    path = written(tmp_path / "file.ndjson", [record, {**NOTE, "group": "here"}])
    before = {name: len(found) for name, found in rows().items()}

    load(path)

    reject = RunReject.objects.get()
    assert reject.line == 1
    assert (field, code) in [(problem["field"], problem["code"]) for problem in reject.problems]
    assert all(problem["error"].endswith(".") for problem in reject.problems)
    after = {name: len(found) for name, found in rows().items()}
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {"Thing": 1, "Event": 1}


def test_load_ontology__every_record_of_a_repeated_slug_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [{"kind": "group", "slug": "a", "name": "A"}] * 3)

    assert tallies(load(path)) == {"group": (1, 0, 0, 2)}


def test_load_ontology__same_event_with_and_without_its_group_named(group: Group, tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [SOLD, {**SOLD, "group": "here"}, {**SOLD, "external_id": None}, {**SOLD, "external_id": None}])

    first = load(path, "--group", "here")
    second = load(path, "--group", "here", "--on-conflict", "skip")

    assert tallies(first) == {"event": (4, 0, 0, 0)}
    assert tallies(second) == {"event": (0, 0, 4, 0)}


def test_load_ontology__update_changes_things_alone(group: Group, tmp_path: Path) -> None:
    records = [{**NOTE, "external_id": "a"}, {"kind": "knowledge", "type": "label", "text": "green"}, SOLD]
    path = written(tmp_path / "file.ndjson", records)
    load(path, "--group", "here")
    records[0]["name"] = "New"

    told = load(written(path, records), "--group", "here", "--on-conflict", "update")

    assert tallies(told) == {"thing": (0, 1, 0, 0), "knowledge": (0, 0, 1, 0), "event": (0, 0, 1, 0)}
    assert Thing.objects.get(group=group).name == "New"


def test_load_ontology__csv(group: Group, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(
        "type,name,external_id,properties.price,properties.currency,properties.sku:text,properties.tags,properties.zip\n"
        'product,"Two\nlines, ""quoted""",p1,9.5,EUR,007,"[1, ""a""]",012\n'
        "\n"
        "product,Plain,p2,10,EUR,5,,\n",
        encoding="utf-8-sig",
    )

    told = load(path, "--group", "here", "--kind", "thing")

    assert tallies(told) == {"thing": (2, 0, 0, 0)}
    first, second = Thing.objects.in_group(group).order_by("external_id")
    assert (first.name, first.properties) == (
        'Two\nlines, "quoted"',
        {"price": 9.5, "currency": "EUR", "sku": "007", "tags": [1, "a"], "zip": "012"},
    )
    assert second.properties == {"price": 10, "currency": "EUR", "sku": "5"}


def test_load_ontology__zstandard(group: Group, tmp_path: Path) -> None:
    path = tmp_path / "file.ndjson.zst"
    path.write_bytes(zstd.compress(b"".join(json.dumps(record).encode() + b"\n" for record in [NOTE] * 50)))

    assert tallies(load(path, "--group", "here")) == {"thing": (50, 0, 0, 0)}


def test_load_ontology__labels_and_links(group: Group, tmp_path: Path) -> None:
    path = written(
        tmp_path / "file.ndjson",
        [
            {"kind": "knowledge", "type": "label", "text": "green", "labels": ["a"], "links": [{"thing": "a", "role": "label"}]},
            {**NOTE, "external_id": "a"},
        ],
    )

    load(path, "--group", "here")
    told = load(path, "--group", "here", "--on-conflict", "skip")

    assert tallies(told) == {"thing": (0, 0, 1, 0), "knowledge": (0, 0, 1, 0)}
    assert Knowledge.objects.get().thing_links.get().thing.external_id == "a"


def test_load_ontology__group_that_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path / "file.ndjson", [NOTE])

    with pytest.raises(CommandError, match="There is no group 'nowhere'"):
        load(path, "--group", "nowhere")
    load(path, "--group", "new-home", "--create-group")

    assert Thing.objects.get().group == Group.objects.get(slug="new-home", name="New Home")
