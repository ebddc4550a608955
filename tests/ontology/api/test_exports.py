"""groups/{slug}/export/: files that load again and come to the same, without a cell that a spreadsheet executes."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from ontology.models import Connection, Group, Run, Thing
from ontology.services.import_uploads import UploadImport
from ontology.services.runs import run_drive
from tests.factories import make_connection, make_event, make_group, make_membership, make_staff, make_thing
from tests.ontology.api.client import Api, at, codes
from tests.ontology.api.test_imports import content, sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}}


@pytest.fixture
def group() -> Group:
    return make_group(slug="here")


@pytest.fixture
def api(group: Group) -> Api:
    return Api(make_membership(group, role="group_owner").person)


HOSTILE = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\tx", "'quoted", "-12.5", "1e5", "\uff1dx", 'a "b", c', "two\nlines"]


@pytest.fixture
def rows(group: Group) -> Group:
    things = [make_thing(group, type="note", name=name, properties={"n": number, "big": 1e22, "text": name}) for number, name in enumerate(HOSTILE)]
    things[0].external_id = "=first"
    things[0].save()
    make_connection(group, things[0], things[1], type="part_of", metadata={"=": "="}, strength=0.25, valid_from="2024-01-01T00:00:00.000001Z")
    make_event(group, actor=things[0], target=things[2], metadata={"amount": -3.5}, external_id="=e")
    make_event(group, type="content_event")
    return group


def told(api: Api, group: Group) -> list[bytes]:
    return sorted(content(api.get(at(group, "export/"))).splitlines())


def loaded_again(api: Api, group: Group, name: str, body: bytes, query: str = "") -> None:
    begun = sent(api, at(group, f"imports/?name={name}{query}"), body).json()
    run_drive(begun["id"], UploadImport())
    done = Run.objects.get(pk=begun["id"])
    assert (done.state, done.rejects.count()) == ("succeeded", 0), [reject.problems for reject in done.rejects.all()]


def test_export__ndjson_loads_again_and_comes_to_the_same(api: Api, rows: Group) -> None:
    out = content(api.get(at(rows, "export/")))
    there = make_group(slug="there")
    owner = Api(make_staff())

    loaded_again(owner, there, "a.ndjson", out)

    assert told(owner, there) == sorted(out.splitlines())
    assert (Thing.objects.in_group(there).count(), Connection.objects.in_group(there).count()) == (len(HOSTILE), 1)


def test_export__csv_loads_again_and_holds_no_formula(api: Api, rows: Group) -> None:
    there = make_group(slug="there")
    owner = Api(make_staff())

    for kind in ("things", "connections", "events"):
        out = content(api.get(at(rows, f"export/?kind={kind}&format=csv")))
        loaded_again(owner, there, f"{kind}.csv", out)
        assert sorted(content(owner.get(at(there, f"export/?kind={kind}&format=csv"))).splitlines()) == sorted(out.splitlines())
        cells = [cell for row in csv.reader(io.StringIO(out.decode(), newline="")) for cell in row]
        active = [
            cell
            for cell in cells
            if cell[:1] in set("=+-@\t\r\uff1d") and not cell.replace("-", "", 1).replace(".", "", 1).isdigit() and cell != "+1"
        ]
        assert active == []
    assert told(owner, there) == told(api, rows)


def test_export__parquet_has_typed_columns(api: Api, rows: Group) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(content(api.get(at(rows, "export/?kind=things&format=parquet")))))

    assert table.num_rows == len(HOSTILE)
    assert str(table.schema.field("created_at").type) == "timestamp[us, tz=UTC]"
    assert sorted(table.column("name").to_pylist()) == sorted(HOSTILE)
    properties = [json.loads(text) for text in table.column("properties").to_pylist()]
    assert {"n": 3, "big": 1e22, "text": "@SUM(A1)"} in properties


def test_export__tables_hold_one_kind(api: Api, group: Group) -> None:
    refused = api.get(at(group, "export/?format=csv"))

    assert (refused.status_code, codes(refused)) == (400, [("kind", "parameter_refused")])


def test_export__of_a_group_alone(api: Api, rows: Group) -> None:
    below, other = make_group(slug="below", parent=rows), make_group(slug="other")
    make_thing(below, name="Below")
    make_thing(other, name="Other")

    names = [json.loads(line)["name"] for line in content(api.get(at(rows, "export/?kind=things"))).splitlines()]

    assert sorted(names) == sorted(HOSTILE)


def test_streams__are_read_in_the_scope_of_who_asked(api: Api, group: Group) -> None:
    """The answer is made after the request's own transaction: it has one of its own."""
    make_thing(group, name="Mine")

    def parts() -> Iterator[bytes]:
        yield from api.get(at(group, "export/?kind=things"))

    assert [json.loads(part)["name"] for part in parts()] == ["Mine"]
