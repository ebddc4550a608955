"""The backup before a migration: whole, verified, and refused once it is damaged."""

import hashlib
import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ontology.errors import BackupRefused
from ontology.migration.backup import MANIFEST, SEAL_BYTES, backup_verify, backup_write, database_identity
from ontology.migration.distribution import schema_version_distribution
from ontology.models import Thing
from tests.factories import make_event, make_group, make_thing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    group = make_group()
    make_thing(group, name="a\nb\tc \\ ü", properties={"a": [1, None, "x"]})
    make_event(group)
    backup_write(tmp_path / "rows.backup")
    return tmp_path / "rows.backup"


def rewritten(path: Path, change: dict[str, bytes]) -> Path:
    """The same backup with other contents of some files, sealed as if it had been written so."""
    changed = path.with_suffix(".changed")
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, change.get(name, whole.read(name)))
        archive.comment = bytes(SEAL_BYTES)
    written = changed.read_bytes()[:-SEAL_BYTES]
    changed.write_bytes(written + hashlib.sha256(written).hexdigest().encode())
    return changed


def manifest_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        told: dict[str, Any] = json.loads(archive.read(MANIFEST))
    return told


def test_backup__holds_every_row(backup: Path) -> None:
    manifest = backup_verify(backup, database=database_identity())

    assert (manifest.tables["ontology_thing"].rows, manifest.tables["ontology_event"].rows) == (1, 1)
    assert {"quotas_plan", "ontology_quarantinedrow", "ontology_legacyrow", "ontology_thingtype"} <= set(manifest.tables)
    assert "ontology_context_key" not in manifest.tables
    with zipfile.ZipFile(backup) as archive:
        assert b"a\\nb\\tc \\\\ " in archive.read("ontology_thing.copy")


def test_backup__digest_follows_the_rows(backup: Path, tmp_path: Path) -> None:
    Thing.objects.update(name="other")

    again = backup_write(tmp_path / "again.backup")

    first = backup_verify(backup)
    differ = {name for name, table in again.tables.items() if table.digest != first.tables[name].digest}
    assert "ontology_thing" in differ
    assert "ontology_event" not in differ


def test_backup__overwrites_nothing(backup: Path) -> None:
    before = backup.read_bytes()

    with pytest.raises(BackupRefused, match="overwrites nothing"):
        backup_write(backup)

    assert backup.read_bytes() == before
    assert sorted(path.name for path in backup.parent.iterdir()) == ["rows.backup"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_backup__cut_off_is_refused(backup: Path, share: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(BackupRefused, match="is damaged"):
        backup_verify(backup)


def test_backup__any_flipped_byte_of_a_row_is_refused(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        rows = archive.read("ontology_thing.copy")

    for change in (rows[:-2] + b"x\n", rows + rows, b""):
        with pytest.raises(BackupRefused, match="rows of ontology_thing"):
            backup_verify(rewritten(backup, {"ontology_thing.copy": change}))


def test_backup__any_flipped_bit_is_refused(backup: Path) -> None:
    whole = backup.read_bytes()

    for place in (0, 7, 12, len(whole) // 3, len(whole) // 2, len(whole) - 300, len(whole) - 80, len(whole) - 65, len(whole) - 1):
        backup.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BackupRefused, match="is damaged"):
            backup_verify(backup)
    backup.write_bytes(whole)
    assert backup_verify(backup).rows > 0


@pytest.mark.parametrize(("field", "value", "words"), [("format", 2, "newer release"), ("database", "1/2", "another database")])
def test_backup__of_another_kind_is_refused(backup: Path, field: str, value: object, words: str) -> None:
    changed = rewritten(backup, {MANIFEST: json.dumps(manifest_of(backup) | {field: value}).encode()})

    with pytest.raises(BackupRefused, match=words):
        backup_verify(changed, database=database_identity())


def test_migrate_ontology__backs_up_first(tmp_path: Path) -> None:
    Thing.objects.create(type="product", name="old", schema_version=0)
    assert schema_version_distribution()["distributionPercentage"] == {"v0": 100.0, "v1": 0.0}
    with pytest.raises(CommandError, match="without a backup"):
        call_command("migrate_ontology", stdout=StringIO())
    assert Thing.objects.get().schema_version == 0

    call_command("migrate_ontology", "--backup", str(tmp_path), stdout=StringIO(), stderr=StringIO())

    (path,) = tmp_path.glob("ontology-*.backup")
    assert backup_verify(path, database=database_identity()).tables["ontology_thing"].rows == 1
    thing = Thing.objects.get()
    found = schema_version_distribution(thing.group)
    assert (found["v0Entities"], found["v1Entities"], found["distributionPercentage"]) == (0, 1, {"v0": 0.0, "v1": 100.0})
