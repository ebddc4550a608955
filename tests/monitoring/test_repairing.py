"""Repairs: after one nothing is found, after its undoing the same again; the rows are as they were."""

from pathlib import Path
from typing import Any

import pytest

from monitoring.checks.registry import CHECKS
from monitoring.errors import NothingToRepair, RepairNotUndoable
from monitoring.models import Finding, RepairedRow
from monitoring.services.findings import check_and_write
from monitoring.services.repairing import RepairJob, RepairUndoJob, repair_preview, repair_start, repair_undo
from monitoring.services.seal_verifying import seal_verify
from monitoring.services.sealing import events_seal
from ontology.models import Connection, Event, QuarantinedRow, Run
from ontology.services.actor import PLATFORM, Actor
from ontology.services.runs import Driver
from tests.factories import make_person
from tests.monitoring.planting import DEFECTS, Planted, sql, two_groups
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_acts", "clock_runs")]
REPAIRABLE = [
    *("orphaned_connection", "cross_group_ref", "missing_group", "invalid_metadata", "forbidden_pair", "cycle", "orphaned_knowledge"),
    *("duplicate_connection", "usage_drift"),
]


def planted(name: str) -> Planted:
    found = DEFECTS[name](*two_groups())
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with as_role("worker"):  # the stage is a table of whoever makes it
        check_and_write()
    return found


def open_ids(name: str) -> set[str]:
    return set(Finding.objects.filter(rule=name).exclude(state="resolved").values_list("record_id", flat=True))


def repaired(findings: list[Finding], actor: Actor = PLATFORM) -> Run:
    run = repair_start(findings, actor=actor, foreground=True)
    with as_role("worker"):
        return Driver(RepairJob()).drive(run.pk)


def undone(run: Run) -> Run:
    undo = repair_undo(run, actor=PLATFORM, foreground=True)
    with as_role("worker"):
        return Driver(RepairUndoJob()).drive(undo.pk)


def test_repairs__are_offered_of_these_checks() -> None:
    assert [check.name for check in CHECKS if check.repairs] == REPAIRABLE


@pytest.mark.parametrize("name", REPAIRABLE)
def test_repair__leaves_nothing_and_its_undoing_the_same_again(name: str) -> None:
    ids = planted(name).ids
    rows = {each.finding.record_id: each.before for each in repair_preview(Finding.objects.filter(rule=name))}
    run = repaired(list(Finding.objects.filter(rule=name).order_by("id")))
    assert (run.state, run.result) == ("succeeded", {"done": len(ids), "stay": 0, "because": []})
    assert open_ids(name) == set()
    undo = undone(run)
    assert (undo.state, undo.result) == ("succeeded", {"done": len(ids), "stay": 0, "because": []})
    assert open_ids(name) == ids
    again = {each.finding.record_id: each.before for each in repair_preview(Finding.objects.filter(rule=name).exclude(state="resolved"))}
    moving = {"updated_at", "version"}
    assert {key: {k: v for k, v in row.items() if k not in moving} for key, row in again.items() if row} == {
        key: {k: v for k, v in row.items() if k not in moving} for key, row in rows.items() if row
    }


def test_repair__tells_who_and_keeps_rows_before_and_after() -> None:
    planted("duplicate_connection")
    person = make_person()
    finding = Finding.objects.filter(rule="duplicate_connection").first()
    assert finding is not None
    run = repaired([finding], Actor(person=person))
    row = RepairedRow.objects.get(run=run)
    assert (row.record_id, row.before["deleted_at"], row.after["deleted_at"] is None) == (finding.record_id, None, False)
    told = Event.objects.get(type="monitoring_alert", group=finding.group, metadata__change="repaired")
    assert (told.person, told.metadata["findings"]) == (person, [str(finding.pk)])
    assert str(Connection.objects.get(pk=finding.record_id).deletion_id) == str(told.pk)


def test_preview__changes_nothing() -> None:
    planted("missing_group")
    shown = repair_preview(Finding.objects.filter(rule="missing_group"))
    assert {(each.repair.value if each.repair else "", each.after) for each in shown} == {("quarantine", None)}
    assert QuarantinedRow.objects.count() == 0


def test_undo__leaves_rows_that_were_changed_since() -> None:
    planted("forbidden_pair")
    run = repaired(list(Finding.objects.filter(rule="forbidden_pair")))
    changed = RepairedRow.objects.filter(run=run).first()
    assert changed is not None
    Connection.objects.filter(pk=changed.record_id).update(strength=0.5)
    undo = undone(run)
    assert undo.result == {"done": 1, "stay": 1, "because": ["The row was changed since."]}
    assert Connection.objects.get(pk=changed.record_id).deleted_at is not None


def test_repair__of_what_has_none_is_refused() -> None:
    planted("stale_v0")
    with pytest.raises(NothingToRepair):
        repair_start(Finding.objects.all(), actor=PLATFORM)
    assert Run.objects.count() == 0


def test_undo__of_another_run_or_twice_is_refused() -> None:
    planted("duplicate_connection")
    run = repaired(list(Finding.objects.filter(rule="duplicate_connection")))
    undo = undone(run)
    for other in (run, undo):
        with pytest.raises(RepairNotUndoable):
            repair_undo(other, actor=PLATFORM)


def test_repair_function__is_closed_to_requests_and_to_runs_that_do_not_name_the_finding() -> None:
    planted("duplicate_connection")
    finding = Finding.objects.filter(rule="duplicate_connection").first()
    assert finding is not None
    call = "SELECT monitoring_repair(%(run)s, %(finding)s, 'delete', %(run)s)"
    run = Run.objects.create(kind="repair", state="running", parameters={"findings": []})
    for role, message in (("app", "permission denied"), ("worker", "repairs nothing")):
        with as_role(role), pytest.raises(Exception, match=message), _savepoint():
            sql(call, run=run.pk, finding=finding.pk)


def _savepoint() -> object:
    from django.db import transaction

    return transaction.atomic()


@pytest.mark.parametrize("name", ["cross_group_ref", "invalid_metadata"])
def test_repair_of_events__and_its_undoing_keep_the_seal_true(name: str, tmp_path: Path, settings: Any) -> None:
    settings.ARCHIVE_URL = tmp_path.as_uri()
    planted(name)
    events_seal()
    assert seal_verify().counts == {}
    run = repaired(list(Finding.objects.filter(rule=name)))
    events_seal()
    assert seal_verify().counts == {}
    undone(run)
    events_seal()
    assert seal_verify().counts == {}
    assert open_ids(name) != set()
