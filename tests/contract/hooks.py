"""What Schemathesis cannot know of the served database: the rows that are there. Loaded by its command line, in its own process."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

KNOWN: dict[str, list[str]] = json.loads(os.environ["CONTRACT_KNOWN"])
SPARED = {"groups_update", "groups_settings_update", "groups_archive", "groups_settings_read", "groups_read"}
"""Operations that go to the groups below, so that the group of all others keeps its slug and takes writes; two of them read what became of them."""
OWN_ROWS = {
    "things_delete": "spare things",
    "things_restore": "deleted things",
    "knowledge_links_delete": "linked knowledge",
    "imports_pause": "running imports",
    "imports_resume": "paused imports",
    "imports_cancel": "spare imports",
    "imports_undo": "undone imports",
    "imports_correct": "rejected imports",
    "imports_start": "dry imports",
}
"""Operations that take rows of their own, which no other operation deletes or finds gone."""
_TYPES = {"things": "thing types", "connections": "connection types", "events": "event types"}
_NAMED = {"from": "things", "to": "things", "actor": "things", "target": "things", "thing": "things", "source": "things"}
_taken = Counter[str]()


def known(kind: str, of: str) -> str:
    """One of the rows of KIND, another one each time that an operation asks."""
    _taken[f"{of} {kind}"] += 1
    return KNOWN[kind][_taken[f"{of} {kind}"] % len(KNOWN[kind])]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Three of four requests whose parts are right by the document name rows, types and things that are there."""
    name = case.operation.definition.raw["operationId"]
    _taken[name] += 1
    if name in SPARED and case.path_parameters.get("slug") in KNOWN["groups"]:
        case.path_parameters["slug"] = known("spare groups", name)  # the document's own example is the group of all others
    if case.meta is None or _taken[name] % 4 == 0:
        return
    if not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters |= {key: known(_kind(name, key), name) for key in case.path_parameters}
    if not case.meta.is_negative_at(ParameterLocation.BODY):
        for item in _items(case.body):
            _named(item, name)
    if name in {"imports_begin", "imports_correct"} and not case.meta.is_negative_at(ParameterLocation.QUERY):
        case.query = {"name": "file.ndjson"}
        case.body = json.dumps({"kind": "thing", "type": "note", "name": f"Made {_taken[name]}", "_line": 0}).encode()
    if name == "knowledge_links_delete" and not case.meta.is_negative_at(ParameterLocation.QUERY):
        case.query |= {"thing": known("linked things", name), "role": "label"}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Writes down which operation was answered with which status."""
    with Path(os.environ["CONTRACT_ANSWERS"]).open("a", encoding="utf-8") as answers:
        answers.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")


@schemathesis.check
def bad_items_are_named(context: Any, response: Any, case: Any) -> None:
    """What takes the place of `negative_data_rejection` for bulk calls: their good items are written, and the bad ones named."""
    bulk = "_bulk_" in case.operation.definition.raw["operationId"]
    if bulk and case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY):
        assert response.status_code >= 400 or response.json()["failed"] > 0, "a bad item was taken"


def _kind(name: str, parameter: str) -> str:
    noun = name.partition("_")[0]
    if parameter == "slug":
        return "spare groups" if name in SPARED else "groups"
    if parameter == "person":
        return "members"
    if parameter == "name" and noun == "plans":
        return "plans"
    if parameter == "name":
        return _TYPES[name.split("_")[1]]
    return OWN_ROWS.get(name, noun)


def _items(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        yield body
    if isinstance(body, list):
        yield from (item for item in body if isinstance(item, dict))


def _named(item: dict[str, Any], name: str) -> None:
    noun = name.partition("_")[0]
    if "type" in item and noun in _TYPES:
        item["type"] = known(_TYPES[noun], name)
    for field in _NAMED.keys() & item.keys():
        item[field] = known("things", name)
    if isinstance(item.get("parent"), str):
        item["parent"] = known("groups", name)
    if noun == "things" and "id" in item:
        item["id"] = known("things", name)
