"""The runbook's commands, done as they are written."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from ontology.migration.backup import backup_verify
from tests.ontology.legacy_exports import generated, write_export
from tests.ontology.legacy_model import expected

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "migration-runbook.md"


@pytest.mark.django_db(transaction=True)
def test_runbook__its_four_steps_migrate_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [line.split() for line in re.findall(r"^ *\$ python manage\.py (.+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)]
    tables = generated(9)
    write_export(tmp_path / "export.zip", tables)
    monkeypatch.chdir(tmp_path)
    assert [command for command, *_ in commands] == ["import_legacy", "migrate_ontology", "migrate_ontology", "migrate_ontology"]

    for command, *arguments in commands:
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())

    wanted = expected(tables)
    for name in ("before", "tried", "report"):
        report = json.loads((tmp_path / f"{name}.json").read_text())
        assert {key: report[key] for key in wanted} == wanted, name
    assert set(report["integrity"]["after"].values()) == {0}
    assert backup_verify(tmp_path / "legacy.backup").tables["ontology_thing"].rows == len(tables["entities"])
