"""The jobs of the clock: findings over time, snapshots, conditions; run twice they come to the same."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from monitoring.models import Alert, DataQualitySnapshot, Finding, QualityThreshold, WeeklyReport
from monitoring.services.findings import check_and_write, findings_acknowledge, findings_assign, findings_snooze
from monitoring.services.jobs import check_daily, check_hourly
from monitoring.services.quality import data_quality_metrics
from monitoring.services.weekly import last_week, report_week
from monitoring.tasks import check_daily as daily_task
from ontology.models import Connection, Event, Group, Thing
from ontology.services.actor import PLATFORM, Actor
from tests.factories import make_archive_batch, make_event, make_group, make_person
from tests.monitoring.planting import make_connection, make_thing, sql
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_acts", "clock_runs")]


def broken_connection(group: Group) -> Connection:
    link = make_connection(group)
    Thing.objects.filter(pk=link.to_thing_id).update(deleted_at=timezone.now())
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    return link


def mended(link: Connection) -> None:
    Thing.objects.filter(pk=link.to_thing_id).update(deleted_at=None)
    sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_finding__is_opened_once_seen_again_resolved_and_opened_anew() -> None:
    link = broken_connection(make_group())
    first, _ = check_and_write()[1], check_and_write()
    finding = Finding.objects.get(record_id=str(link.pk))
    assert (first.opened, finding.times_seen, finding.state, finding.rule) == (1, 2, "open", "orphaned_connection")
    assert (finding.group_id, finding.reason, finding.metadata["toIs"]) == (link.group_id, "to", "deleted")
    mended(link)
    assert check_and_write()[1].resolved == 1
    finding.refresh_from_db()
    assert finding.state == "resolved"
    assert finding.resolved_at is not None
    Thing.objects.filter(pk=link.to_thing_id).update(deleted_at=timezone.now())
    assert check_and_write()[1].opened == 1
    assert Finding.objects.filter(record_id=str(link.pk)).count() == 2


def test_findings__of_one_group_leave_those_of_others() -> None:
    one, other = make_group(), make_group()
    broken_connection(one)
    link = broken_connection(other)
    check_and_write()
    mended(link)
    assert check_and_write(group=one)[1].resolved == 0
    assert check_and_write(group=other)[1].resolved == 1


def test_findings__are_worked_on_with_an_event_of_their_group() -> None:
    group, person = make_group(), make_person()
    broken_connection(group)
    check_and_write()
    actor, until = Actor(person=person), timezone.now() + timedelta(days=7)
    found = list(Finding.objects.all())
    assert (findings_acknowledge(found, actor=actor), findings_acknowledge(found, actor=actor)) == (1, 0)
    assert findings_assign(found, person, actor=actor) == 1
    assert findings_snooze(found, until, actor=actor) == 1
    finding = Finding.objects.get()
    assert (finding.state, finding.acknowledged_by, finding.owner, finding.snoozed_until) == ("acknowledged", person, person, until)
    told = Event.objects.filter(group=group, type="monitoring_alert", metadata__has_key="findings").order_by("id")
    assert [event.metadata["change"] for event in told] == ["findings_acknowledged", "findings_assigned", "findings_snoozed"]
    assert {event.person for event in told} == {person}


def test_check_daily__twice_leaves_one_snapshot_of_each_and_one_alert() -> None:
    group, whole = make_group(), make_group()
    broken_connection(group)
    make_thing(whole)
    with as_role("worker"):
        daily_task()
        daily_task()
    assert set(DataQualitySnapshot.objects.values_list("group_id", "standing", "orphaned_entity_count", "issues")) == {
        (None, "critical", 1, 1),
        (group.pk, "critical", 1, 1),
        (whole.pk, "healthy", 0, 0),
    }
    alert = Alert.objects.get(name="check.orphaned_connection")
    assert (alert.group, alert.severity, alert.value, alert.times_seen) == (group, "critical", 1, 2)
    assert Alert.objects.filter(name="quality.referential_integrity", group=group).get().severity == "critical"
    events = Event.objects.filter(group=Group.objects.platform(), type="monitoring_snapshot")
    assert [(event.metadata["change"], event.metadata["opened"], event.metadata["seenAgain"]) for event in events.order_by("id")] == [
        ("daily_check", 1, 0),
        ("daily_check", 0, 1),
    ]


def test_check_daily__forgets_snapshots_after_seven_years(settings: object) -> None:
    check_daily(actor=PLATFORM)
    DataQualitySnapshot.objects.update(day=date.today() - timedelta(days=2_557))  # noqa: DTZ011
    check_daily(actor=PLATFORM)
    assert DataQualitySnapshot.objects.count() == 2
    DataQualitySnapshot.objects.filter(day__lt=date.today()).update(day=date.today() - timedelta(days=2_558))  # noqa: DTZ011
    check_daily(actor=PLATFORM)
    assert DataQualitySnapshot.objects.count() == 1


def test_check_hourly__tells_and_ends_conditions() -> None:
    link = broken_connection(make_group())
    with as_role("worker"):
        assert check_hourly(actor=PLATFORM).opened == 1
    assert Alert.objects.get().state == "open"
    mended(link)
    check_hourly(actor=PLATFORM)
    assert (Alert.objects.get().state, Finding.objects.get().state) == ("recovering", "resolved")


def test_check_hourly__resolves_no_event_that_it_did_not_look_at() -> None:
    Finding.objects.create(
        rule="cross_group_ref", severity="critical", kind="event", record_id="old", reason="actor", opened_at=timezone.now(), seen_at=timezone.now()
    )
    check_hourly(actor=PLATFORM)
    assert Finding.objects.get(record_id="old").state == "open"


def test_threshold_of_a_group__decides_its_alert() -> None:
    group = make_group()
    broken_connection(group)
    QualityThreshold.objects.create(metric="orphaned_references", group=group, healthy=1, warning=5)
    check_hourly(actor=PLATFORM)
    assert Alert.objects.count() == 0


def test_metrics__are_exact() -> None:
    group = make_group()
    empty = data_quality_metrics(group)
    assert (empty.referential_integrity_score, empty.schema_compliance_score, empty.event_archival_progress) == (100.0, 100.0, 100.0)
    broken_connection(group)  # 2 things, 2 references
    for _ in range(4):
        make_event(group, actor=make_thing(group, schema_version=0), timestamp=timezone.now() - timedelta(days=400))  # 4 things, 4 references, 4 due
    make_archive_batch(group, rows=12)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    found = data_quality_metrics(group)
    assert found.as_json() | {"timestamp": ""} == {
        "timestamp": "",
        "groupId": str(group.pk),
        "referentialIntegrityScore": pytest.approx(100 - 100 / 6),
        "orphanedEntityCount": 1,
        "crossGroupViolations": 0,
        "missingGroupIds": 0,
        "malformedPropertiesCount": 0,
        "schemaComplianceScore": pytest.approx(20.0),
        "eventArchivalProgress": 75.0,
    }
    assert (found.things, found.references) == (5, 6)
    assert data_quality_metrics().orphaned_entity_count == 1


def snapshots(group: Group | None, scores: dict[date, float]) -> None:
    for day, score in scores.items():
        DataQualitySnapshot.objects.create(
            group=group,
            day=day,
            timestamp=timezone.now(),
            standing="healthy",
            referential_integrity_score=100,
            orphaned_entity_count=0,
            cross_group_violations=0,
            missing_group_ids=0,
            malformed_properties_count=0,
            schema_compliance_score=score,
            event_archival_progress=100,
            issues=0,
            metadata={"things": 10},
        )


def test_report_week__tells_a_decline_and_its_end() -> None:
    group, monday = make_group(), last_week(timezone.now())
    days = [monday - timedelta(days=1) + timedelta(days=n) for n in range(8)]
    snapshots(group, dict(zip(days, (98, 98, 98, 97.5, 97.5, 97, 97, 96.5), strict=True)))
    snapshots(None, dict.fromkeys(days, 98.0))
    with as_role("worker"):
        assert report_week(actor=PLATFORM) == 2
        assert report_week(actor=PLATFORM) == 2
    report = WeeklyReport.objects.get(group=group)
    assert report.body["metrics"]["schema_compliance"] | {"daysToWarning": 0, "unusual": False} == {
        "from": 98.0,
        "to": 96.5,
        "status": "healthy",
        "declined": True,
        "unusual": False,
        "daysToWarning": 0,
    }
    assert (report.body["declined"], report.standing, WeeklyReport.objects.get(group=None).body["declined"]) == (["schema_compliance"], "healthy", [])
    assert Alert.objects.get(name="quality.decline").group == group
    assert WeeklyReport.objects.count() == 2


def test_schedules__are_there() -> None:
    found = {task.task: task.crontab for task in PeriodicTask.objects.filter(task__startswith="monitoring.").exclude(crontab=None)}
    times = {name: (at.minute, at.hour, at.day_of_week, str(at.timezone)) for name, at in found.items()}
    assert times["monitoring.check_hourly"] == ("0", "*", "*", "UTC")
    assert times["monitoring.check_daily"] == ("0", "2", "*", "UTC")
    assert times["monitoring.report_weekly"] == ("0", "6", "1", "UTC")


def test_findings_and_snapshots__are_not_deleted_by_requests() -> None:
    with as_role("app"), connection.cursor() as cursor:
        for table in ("finding", "dataqualitysnapshot", "weeklyreport", "repairedrow"):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                cursor.execute(f"DELETE FROM monitoring_{table}")


def test_threshold__is_of_a_group_or_a_plan_and_in_order() -> None:
    with pytest.raises(IntegrityError, match="quality_threshold_is_of_a_group_or_a_plan"), transaction.atomic():
        QualityThreshold.objects.create(metric="schema_compliance", healthy=1, warning=1)
    with pytest.raises(IntegrityError, match="quality_threshold_warning_is_beyond_healthy"), transaction.atomic():
        QualityThreshold.objects.create(metric="schema_compliance", group=make_group(), healthy=1, warning=2)
