"""Rolling a migration back: what returns, what stays, and what is told."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from ontology.migration.backup import backup_verify, backup_write
from ontology.models import Connection, Event, Group, Knowledge, LegacyRow, QuarantinedRow, Run, Thing, ThingKnowledge
from ontology.services.actor import PLATFORM
from ontology.services.single import thing_change
from tests.factories import make_connection, make_event, make_group, make_thing
from tests.ontology.legacy_exports import SMALL, generated, load, write_export
from tests.ontology.legacy_model import expected

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (Thing, Connection, Knowledge, ThingKnowledge, LegacyRow, QuarantinedRow)


def command(name: str, *arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=StringIO())
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def content() -> dict[str, list[dict[str, Any]]]:
    """Every row of tenants, and what migration knows but for groups."""
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}
    rows["LegacyRow"] = [row for row in rows["LegacyRow"] if row["kind"] != "group"]
    rows["Event"] = list(Event.objects.exclude(group__slug="platform").order_by("pk").values())
    return rows


def drift() -> list[Any]:
    """Usage that is not what the rows come to, and events accepted that are not those there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.group_id, c.metric, c.counted, u.value FROM quotas_counted(NULL) AS c LEFT JOIN (
                SELECT u.group_id, u.metric, u.subject, u.value + coalesce(sum(d.value), 0) AS value FROM quotas_usage AS u
                LEFT JOIN quotas_delta AS d USING (group_id, metric, subject) WHERE u.period = 'total' GROUP BY u.id
            ) AS u USING (group_id, metric, subject) WHERE c.counted <> coalesce(u.value, 0)"""
        )
        found = cursor.fetchall()
        cursor.execute(
            """SELECT group_id, sum(n) FROM (SELECT group_id, count AS n FROM ontology_eventsaccepted UNION ALL
                SELECT group_id, -1 FROM ontology_event WHERE group_id IS NOT NULL) AS both_ GROUP BY group_id HAVING sum(n) <> 0"""
        )
        return found + cursor.fetchall()


@pytest.fixture
def legacy(tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """A damaged export, loaded; `content()` is what a rollback has to come to."""
    tables = generated(11, things=60)
    load(write_export(tmp_path / "export.zip", tables))
    return tables


@pytest.fixture
def backup(tmp_path: Path, legacy: Any) -> Path:
    return tmp_path / "legacy.backup"


def migrate(backup: Path) -> dict[str, Any]:
    return command("migrate_ontology", "--backup", backup, "--batch-size", 50)


def test_rollback_ontology__gives_every_legacy_row_back(backup: Path, legacy: Any) -> None:
    before = content()
    wanted = expected(legacy)
    migrate(backup)

    tried = command("rollback_ontology", "--backup-file", backup, "--dry-run")
    after_dry_run = content()
    report = command("rollback_ontology", "--backup-file", backup)

    assert content() == before != after_dry_run
    assert (report["conflicts"], report["conflicts_listed"]) == ({}, [])
    assert {name: report[name] for name in tried} == tried
    assert report["tables"]["ontology_connection"]["brought_back"] == sum(wanted["connections_quarantined"].values())
    assert report["tables"]["ontology_thing"] == {"restored": len(legacy["entities"])}
    assert drift() == []
    done = Event.objects.get(type="rollback_completed")
    assert (done.metadata["rows"], done.metadata["run"], done.group.slug) == (report["rows"], report["run"], "platform")
    again = command("migrate_ontology", "--no-backup")
    assert {name: again[name] for name in wanted} == wanted


def test_rollback_ontology__can_be_rolled_back(backup: Path) -> None:
    migrate(backup)
    migrated = content()

    report = command("rollback_ontology", "--backup-file", backup)
    late = make_thing(make_group())
    back = command("rollback_ontology", "--backup-file", report["saved"])

    late.delete()
    assert content() == migrated
    assert back["conflicts"] == {}
    assert drift() == []


def test_rollback_ontology__later_writes_stay_and_conflicts_are_told(tmp_path: Path) -> None:
    load(write_export(tmp_path / "small.zip", SMALL))
    backup = tmp_path / "small.backup"
    migrate(backup)
    shop = Group.objects.get(slug="shop")
    ada, blank = Thing.objects.get(external_id="a"), Thing.objects.get(external_id="b")
    thing_change(ada, {"name": "Ada Lovelace"}, actor=PLATFORM)
    friend = make_thing(shop, name="Friend")
    link = make_connection(shop, friend, blank)
    happened = make_event(shop, actor=friend)

    report = command("rollback_ontology", "--backup-file", backup)

    ada.refresh_from_db()
    blank.refresh_from_db()
    assert (ada.name, ada.group, ada.schema_version) == ("Ada Lovelace", shop, 1)
    assert (blank.group, blank.schema_version, blank.name) == (shop, 1, "(unnamed b)")
    assert Connection.objects.filter(pk=link.pk, group=shop).exists()
    assert Event.objects.filter(pk=happened.pk, group=shop).exists()
    assert Thing.objects.get(external_id="b2").schema_version == 0
    assert report["conflicts"] == {"ontology_thing": {"changed": 1, "in_use": 1}}
    assert {(one["key"], one["reason"]) for one in report["conflicts_listed"]} == {(str(ada.pk), "changed"), (str(blank.pk), "in_use")}
    kept = QuarantinedRow.objects.get(reason="rollback_changed")
    assert (kept.kind, kept.row_id, kept.document["name"], kept.document["schema_version"]) == ("thing", ada.pk, "Ada", 0)
    assert (str(kept.run_id), kept.place) == (report["run"], "small.backup")
    assert drift() == []
    again = command("rollback_ontology", "--backup-file", backup)
    assert again["conflicts"] == report["conflicts"]
    assert QuarantinedRow.objects.filter(reason__startswith="rollback_").count() == 2


def test_rollback_ontology__what_staff_decided_stays(tmp_path: Path) -> None:
    load(write_export(tmp_path / "small.zip", SMALL))
    backup = tmp_path / "small.backup"
    migrate(backup)
    QuarantinedRow.objects.filter(kind="connection").update(state="discarded", decided_at=timezone.now(), decision="Not ours.")

    report = command("rollback_ontology", "--backup-file", backup)

    assert report["conflicts"] == {"ontology_connection": {"decided": 1}}
    assert Connection.objects.count() == 0


def test_rollback_ontology__one_group_alone(backup: Path) -> None:
    before = content()
    migrate(backup)
    migrated = content()
    one = Group.objects.get(slug="tenant-g0")
    theirs = {row["id"] for row in migrated["Thing"] if row["group_id"] == one.pk}

    report = command("rollback_ontology", "--backup-file", backup, "--group", "tenant-g0")

    after = content()
    was = {row["id"]: row for row in before["Thing"]}
    assert theirs
    assert [row for row in after["Thing"] if row["id"] in theirs] == [was[row["id"]] for row in after["Thing"] if row["id"] in theirs]
    assert [row for row in after["Thing"] if row["id"] not in theirs] == [row for row in migrated["Thing"] if row["id"] not in theirs]
    assert not any(row["group_id"] == one.pk for name in ("Thing", "Connection", "Event", "Knowledge") for row in after[name])
    assert report["conflicts"] == {}
    assert drift() == []
    command("rollback_ontology", "--backup-file", backup)
    assert content() == before


def test_rollback_ontology__exact_ends_as_the_backup_was(backup: Path, tmp_path: Path) -> None:
    before, group = content(), make_group(slug="later")
    migrate(backup)
    before["Group"] = list(Group.objects.exclude(slug="legacy").order_by("pk").values())
    make_connection(group)
    make_event(group)

    report = command("rollback_ontology", "--backup-file", backup, "--mode", "exact")

    assert content() == {name: rows for name, rows in before.items() if name != "Group"}
    assert list(Group.objects.order_by("pk").values()) == before["Group"]
    backup_write(tmp_path / "after.backup")
    was, now = backup_verify(backup), backup_verify(tmp_path / "after.backup")
    differ = {name for name, table in was.tables.items() if now.tables[name].digest != table.digest}
    assert differ <= {"ontology_event", "ontology_eventsaccepted"}, differ
    assert now.tables["ontology_event"].rows == was.tables["ontology_event"].rows + 1
    assert drift() == []
    back = command("rollback_ontology", "--backup-file", report["saved"])
    assert Thing.objects.filter(group=group).count() == 2
    assert Connection.objects.filter(group=group).count() == 1
    assert Thing.objects.filter(schema_version=0).count() == 0
    assert back["conflicts"] == {}
    assert drift() == []


def test_rollback_ontology__verify_looks_at_the_file_alone(backup: Path) -> None:
    migrate(backup)
    before = content()

    told = command("rollback_ontology", "--backup-file", backup, "--verify")

    assert (told["whole"], told["of_this_database"], told["tables"]["ontology_thing"]) == (True, True, 60)
    assert content() == before


def test_rollback_ontology__a_damaged_backup_touches_nothing(backup: Path) -> None:
    migrate(backup)
    before, whole = content(), backup.read_bytes()

    for damaged in (whole[:-1], whole[: len(whole) // 2], b"", whole[:100] + b"\0" + whole[101:]):
        backup.write_bytes(damaged)
        for mode in ("keep", "exact"):
            with pytest.raises(CommandError, match="damaged or cut off"):
                command("rollback_ontology", "--backup-file", backup, "--mode", mode)
    with pytest.raises(CommandError, match="There is no file"):
        command("rollback_ontology", "--backup-file", backup.with_name("missing"))

    assert content() == before
    assert Run.objects.filter(kind="rollback").count() == 0
