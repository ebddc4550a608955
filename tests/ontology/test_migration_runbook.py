"""The runbook's commands, done as they are written."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from ontology.migration.backup import backup_verify
from ontology.models import Thing
from tests.ontology.legacy_exports import generated, write_export
from tests.ontology.legacy_model import expected
from tests.ontology.test_rollback_ontology import content

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "migration-runbook.md"


@pytest.mark.django_db(transaction=True)
def test_runbook__its_steps_migrate_an_export_and_roll_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [line.split() for line in re.findall(r"^ *\$ python manage\.py (.+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)]
    tables = generated(9)
    write_export(tmp_path / "export.zip", tables)
    monkeypatch.chdir(tmp_path)
    steps = 4
    assert [command for command, *_ in commands] == ["import_legacy", *["migrate_ontology"] * 3, *["rollback_ontology"] * 4]

    for command, *arguments in commands[:steps]:
        call_command(command, *arguments, stdout=StringIO(), stderr=StringIO())

    wanted = expected(tables)
    for name in ("before", "tried", "report"):
        report = json.loads((tmp_path / f"{name}.json").read_text())
        assert {key: report[key] for key in wanted} == wanted, name
    assert set(report["integrity"]["after"].values()) == {0}
    assert backup_verify(tmp_path / "legacy.backup").tables["ontology_thing"].rows == len(tables["entities"])

    migrated, saved = content(), ""
    for command, *arguments in commands[steps:]:
        out = StringIO()
        call_command(command, *(saved if argument == "SAVED" else argument for argument in arguments), stdout=out, stderr=StringIO())
        saved = json.loads(out.getvalue()).get("saved", saved)
        legacy = Thing.objects.filter(schema_version=0).count()
        assert legacy == (len(tables["entities"]) if arguments[-1] == "legacy.backup" else 0)
    assert content() == migrated
