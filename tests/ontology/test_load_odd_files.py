"""Files as people have them: spreadsheets' own CSV, endings in capitals, rejects that are corrected, groups among the records of one."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Run, Thing
from tests.factories import make_group
from tests.ontology.loading import load, written
from tests.roles import as_role

pytestmark = pytest.mark.django_db
HEADER = "kind,type,name,external_id\n"


@pytest.fixture
def group() -> Group:
    return make_group(slug="here")


def test_load__groups_and_other_groups_records_beside_those_of_one(group: Group, tmp_path: Path) -> None:
    make_group(slug="elsewhere")
    records = [
        {"kind": "group", "slug": "below", "name": "Below", "parent": "here"},
        {"kind": "group", "slug": "beside", "name": "Beside"},
        {"kind": "thing", "group": "beside", "type": "note", "name": "N", "external_id": "a"},
        {"kind": "thing", "group": "elsewhere", "type": "note", "name": "N", "external_id": "b"},
        {"kind": "thing", "type": "note", "name": "N", "external_id": "c"},
    ]
    with acting(PLATFORM_SCOPE), as_role("worker"):
        load(written(tmp_path / "file.ndjson", records), "--group", "here")

    assert dict(Thing.objects.values_list("external_id", "group__slug")) == {"a": "beside", "b": "elsewhere", "c": "here"}
    assert Group.objects.get(slug="below").parent == group


@pytest.mark.parametrize("name", ["file.csv", "FILE.CSV", "file.ndjson.csv"])
def test_load__csv_by_its_last_ending(group: Group, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(f"{HEADER}thing,note,A,a\n")

    load(path, "--group", "here")

    assert Thing.objects.get().external_id == "a"


def test_load__json_lines_whose_name_speaks_of_csv(group: Group, tmp_path: Path) -> None:
    load(
        written(tmp_path / "from.csv.ndjson", [{"kind": "thing", "type": "note", "name": "A"}, {"kind": "thing", "type": "note"}]), "--group", "here"
    )

    assert Thing.objects.get().name == "A"
    assert '"_problems"' in (tmp_path / "from.rejects.ndjson").read_text()


@pytest.mark.parametrize("how", [[], ["--dry-run"]], ids=["written", "tried"])
def test_load__rejects_of_csv_are_csv_and_load_again(group: Group, tmp_path: Path, how: list[str]) -> None:
    path = tmp_path / "file.csv"
    path.write_text(f"{HEADER}thing,note,Short\nthing,note,Long,l,more,=most\nthing,nought,Other,o\n")

    told = load(path, "--group", "here", *how)

    rejects = tmp_path / "file.rejects.csv"
    assert str(rejects) in told
    lines = rejects.read_text().splitlines()
    assert lines[:2] == ["kind,type,name,external_id,_line,_problems,_quoted", "thing,note,Short,,2,The row has 3 cells; the header names 4.,1"]
    assert lines[2] == "thing,note,Long,l,3,\"The row has 6 cells; the header names 4. Too many are 'more', '=most'.\",1"
    rejects.write_text(rejects.read_text().replace("nought", "note"))
    load(rejects, "--group", "here")
    assert set(Thing.objects.values_list("name", "external_id")) == {("Short", None), ("Long", "l"), ("Other", "o")}


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("kind;type;name\nthing;note;A\n", "separated by ';'; save the file with commas"),
        ("kind\ttype\tname\nthing\tnote\tA\n", "separated by tabs; save the file with commas"),
        ('{"kind": "thing", "type": "note", "name": "A"}\n', r"The first row is JSON.*ends in \.ndjson"),
        ("kind,name, name\nthing,A,B\n", "must name every column, each once"),
    ],
    ids=["semicolons", "tabs", "json", "twice"],
)
def test_load__a_first_row_that_names_no_columns(group: Group, tmp_path: Path, header: str, sentence: str) -> None:
    (tmp_path / "file.csv").write_text(header)

    with pytest.raises(CommandError, match=sentence):
        load(tmp_path / "file.csv", "--group", "here")

    assert not Thing.objects.exists()
    assert Run.objects.get().state == "failed"


def test_load__numbers_as_the_database_spells_them(group: Group, tmp_path: Path) -> None:
    path = tmp_path / "file.ndjson"
    text = '{"kind": "thing", "type": "note", "name": "N", "properties": {"n": %s}}\n'
    path.write_text("".join(text % number for number in ("6.02e23", "602000000000000000000000", "-1" + "0" * 300, "602000000000000000000001")))

    told = load(path, "--group", "here")

    assert "3 created" in told
    assert [thing.properties["n"] for thing in Thing.objects.order_by("id")] == [6.02e23, 6.02e23, -1e300]
    assert "602000000000000000000001 is beyond 64 bits" in (tmp_path / "file.rejects.ndjson").read_text()
