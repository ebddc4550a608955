"""Exact rollbacks and the archive: events that went there meanwhile are there once, and a backup may lie in a bucket."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from archival.services.verifying import gaps, ledger
from ontology.models import Event
from quotas.services.recount import usage_drift
from tests.archival.world import OLD, archived, old_events, seen
from tests.factories import make_group, make_thing
from tests.s3 import s3

pytestmark = pytest.mark.django_db(transaction=True)


def command(name: str, *arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_rollback__exact_leaves_what_was_archived_in_the_archive_once(tmp_path: Path) -> None:
    group = make_group(slug="kept")
    old_events(group, 20)
    backup = tmp_path / "rows.backup"
    command("migrate_ontology", "--backup", backup)
    before = set(seen(group))
    archived(group)
    assert not Event.objects.filter(group=group, timestamp__lt=OLD + timedelta(days=1)).exists()
    old_events(group, 5, start=OLD + timedelta(days=2), actor=make_thing(group))

    report = command("rollback_ontology", "--backup-file", backup, "--mode", "exact")

    found = seen(group)
    assert report["events_in_archive"] == 20
    assert set(found) == before
    assert set(found.values()) == {1}
    assert gaps(ledger(group)) == []
    assert usage_drift() == []


def test_rollback__from_a_backup_in_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    group = make_group()
    thing = make_thing(group, name="before")
    with s3() as bucket:
        url = bucket.url.replace("/events?", "/backups/before.backup?")
        command("migrate_ontology", "--backup", url)
        thing.name = "after"
        thing.save()
        assert command("rollback_ontology", "--backup-file", url, "--verify")["whole"]

        report = command("rollback_ontology", "--backup-file", url, "--mode", "exact")

    thing.refresh_from_db()
    assert thing.name == "before"
    assert Path(report["saved"]).parent == tmp_path
    assert usage_drift() == []
