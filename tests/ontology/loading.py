"""Files of records for tests, and loads of them in this process and in one of its own."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from ontology.models import Connection, Event, Group, Knowledge, Thing
from tests.addresses import ROOT, surroundings

WAIT_SECONDS = 60


def written(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """PATH, holding RECORDS as NDJSON; compressed when its name says so."""
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def load(path: Path, *options: str) -> str:
    """What the command says of loading PATH."""
    out = StringIO()
    call_command("load_ontology", str(path), *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def command(path: Path, *options: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    arguments = [sys.executable, str(ROOT / "manage.py"), "load_ontology", str(path), *options]
    return subprocess.Popen(arguments, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def content(group: Group) -> dict[str, list[Any]]:
    """What a group holds, told by external ids: the same for two loads of the same records, whatever ids their rows got."""
    things = list(Thing.objects.in_group(group).live().values_list("external_id", "type", "name", "properties", "status"))
    connections = Connection.objects.in_group(group).live().values_list("from_thing__external_id", "type", "to_thing__external_id", "metadata")
    events = Event.objects.in_group(group).exclude(type__in=["batch_import", "thing_updated"]).values_list("id", "type", "timestamp", "metadata")
    knowledge = Knowledge.objects.in_group(group).live().values_list("external_id", "type", "text", "labels")
    return {
        "things": sorted(things, key=str),
        "connections": sorted(connections, key=str),
        "events": sorted(events, key=str),
        "knowledge": sorted(knowledge, key=str),
    }
