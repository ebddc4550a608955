"""Backups in object storage, by the commands that operators use."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from archival.services import backups
from ontology.models import Thing

pytestmark = pytest.mark.django_db(transaction=True)


def rollback(url: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("rollback_ontology", "--backup-file", url, *arguments, stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_backup__goes_to_object_storage_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "PIECE_BYTES", 1000)
    monkeypatch.chdir(tmp_path)
    url = f"{tmp_path.as_uri()}/store/before.backup"
    Thing.objects.create(type="product", name="old", schema_version=0)
    call_command("migrate_ontology", "--backup", url, stdout=StringIO(), stderr=StringIO())
    assert Thing.objects.get().schema_version == 1
    with pytest.raises(CommandError, match="overwrites nothing"):
        call_command("migrate_ontology", "--backup", url, stdout=StringIO(), stderr=StringIO())

    assert rollback(url, "--verify")["tables"]["ontology_thing"] == 1
    report = rollback(url)

    assert Thing.objects.get().schema_version == 0
    assert Path(report["saved"]).parent == tmp_path
    assert rollback(report["saved"])["conflicts"] == {}
    assert Thing.objects.get().schema_version == 1
    assert len(list((tmp_path / "store").rglob("*0*"))) > 3


def test_backup__damaged_in_object_storage_is_refused(tmp_path: Path) -> None:
    url = f"{tmp_path.as_uri()}/store/before.backup"
    call_command("migrate_ontology", "--backup", url, stdout=StringIO(), stderr=StringIO())
    piece = next(path for path in (tmp_path / "store").rglob("000000*") if path.is_file())
    piece.chmod(0o600)
    piece.write_bytes(piece.read_bytes()[:-1])

    with pytest.raises(CommandError):
        rollback(url)
    for bad in ("s3://bucket", "ftp://host/name"):
        with pytest.raises(CommandError, match="address of a backup"):
            rollback(bad)
