"""Exports of the old platform, made for tests: small ones by hand, and damaged ones by a seed."""

import json
import random
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

CREATED = 1_700_000_000_000.0
_FOLDERS = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
DATA = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[-1])
"""Exports that lie beside the project, where they do."""


def write_export(path: Path, tables: dict[str, list[Any]]) -> Path:
    """An export with the documents of TABLES; a text stands as it is, everything else as JSON."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, documents in tables.items():
            lines = [line if isinstance(line, str) else json.dumps(line) for line in documents]
            archive.writestr(f"{table}/documents.jsonl", "".join(f"{line}\n" for line in lines))
    return path


def document(old_id: str, **fields: Any) -> dict[str, Any]:
    return {"_id": old_id, "_creationTime": CREATED, "createdAt": CREATED, "updatedAt": CREATED, **fields}


SMALL: dict[str, list[Any]] = {
    "groups": [document("g1", slug="shop", name="Shop", type="business", metadata={}, status="active", settings={"plan": "pro"})],
    "entities": [
        document("a", groupId="g1", type="creator", name="Ada", properties={}, status="active"),
        document("b", type="product", name=" ", properties=["x"], status="odd"),
        document("b2", groupId="nowhere", type="Space ship", name="S", properties=None),
    ],
    "connections": [
        document("a", groupId="g1", fromEntityId="a", toEntityId="b", relationshipType="purchased", metadata={}, strength=7, validFrom=5, validTo=2)
    ],
    "events": [document("a", type="content_event", actorId="gone", targetId="b", timestamp=CREATED, metadata={"n": 1})],
    "knowledge": [document("k", knowledgeType="label", text="t", labels=["l"], sourceThingId="a", embedding=[1, 2], embeddingModel="m")],
    "thingKnowledge": [document("t", thingId="a", knowledgeId="k", role="label")],
    "visits": [document("v", page="/")],
}


def load(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_legacy", str(path), *arguments, stdout=out)
    return out.getvalue()


def read_export(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The documents of an export by table."""
    with zipfile.ZipFile(path) as archive:
        return {name.partition("/")[0]: [json.loads(line) for line in archive.open(name)] for name in archive.namelist()}


def generated(seed: int, things: int = 120) -> dict[str, list[dict[str, Any]]]:
    """A damaged export: everything that the rules speak of occurs in it, and ids clash between tables."""
    dice = random.Random(seed)
    groups = [f"g{number}" for number in range(dice.randint(2, 5))]
    ids = [f"{number}" for number in range(things)]
    named = [*ids, *(f"gone{number}" for number in range(4))]

    def own() -> dict[str, Any]:
        roll = dice.random()
        return {} if roll < 0.55 else {"groupId": dice.choice(groups)} if roll < 0.95 else {"groupId": dice.choice(["nobody", None, ""])}

    def near(number: int) -> str:
        return named[min(len(named) - 1, max(0, number + dice.randint(-3, 3)))] if dice.random() < 0.9 else dice.choice(named)

    def one(number: int, **fields: Any) -> dict[str, Any]:
        made = document(f"{number}", **own(), **fields)
        return made | {"_creationTime": CREATED + dice.randint(0, 40) * 86_400_000.0}

    properties: list[Any] = [{}, {"n": 1}, [], 7, None, "text", {"_legacy": 1}, {"deep": [[[[{}]]]]}]
    odd = {"type": ["product", "creator", "spaceship", "Odd Type!", "", "9lives"], "name": ["N", "", " ", "\u00fc"]}
    entities = [
        one(n, type=dice.choice(odd["type"]), name=dice.choice(odd["name"]), properties=dice.choice(properties), status="active")
        for n in range(things)
    ]
    connections = [
        one(n, fromEntityId=near(n // 3), toEntityId=near(n // 3), relationshipType=dice.choice(["purchased", "created_by", "part_of"]))
        | dice.choice([{}, {}, {}, {"validFrom": 9, "validTo": 3}, {"validFrom": 3, "validTo": 9}, {"metadata": [1]}])
        for n in range(things * 3)
    ]
    events = [
        one(n, type="content_event", timestamp=CREATED + n * 9e6, actorId=near(n // 2), targetId=dice.choice([near(n // 2), None]), metadata={})
        for n in range(things * 2)
    ]
    knowledge = [one(n, knowledgeType="label", text="t", labels=[], sourceThingId=dice.choice([near(n), None])) for n in range(things // 2)]
    links = [
        document(f"{n}", thingId=near(n % things), knowledgeId=f"{dice.randint(0, things // 2 + 1)}", role=dice.choice(["label", "summary"]))
        for n in range(things // 3)
    ]
    seen: set[tuple[str, str, str]] = set()
    links = [link for link in links if not ((key := (link["thingId"], link["knowledgeId"], link["role"])) in seen or seen.add(key))]
    made = [document(name, slug=f"tenant-{name}", name=name) for name in groups]
    tables = {"groups": made, "entities": entities, "connections": connections, "events": events}
    return {**tables, "knowledge": knowledge, "thingKnowledge": links, "empty": []}
