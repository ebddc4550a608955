"""The admin's pages ask the same number of queries whatever the number of rows, and no more than recorded.

Record anew after a deliberate change: RECORD_QUERY_COUNTS=1 make test ARGS=tests/ontology/test_admin_queries.py
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group as Role
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config import env
from monitoring.models import QualityThreshold, WeeklyReport
from ontology.models import ConnectionType, Event, EventType, Group, Thing, ThingType
from tests import factories
from tests.monitoring.database.rows import database_rows_make
from tests.monitoring.operating import operating_rows_make

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

RECORDED = Path(__file__).parent.parent / "query_counts.json"
FEW, MANY = 3, 30


def rows_make(group: Group, hub: Thing, numbers: range) -> None:
    """A row of every model for each number, all around one group and one thing."""
    for number in numbers:
        member, thing = factories.make_person(), factories.make_thing(group)
        factories.make_group(parent=group)
        factories.make_membership(group, member, creator=thing)
        factories.make_connection(group, hub, thing)
        factories.make_connection(group, thing, hub)
        factories.make_connection(group, thing, hub, deleted_at=factories.MOMENT)
        factories.make_event(group, actor=hub, target=thing, person=member)
        factories.make_event(group, actor=thing, target=hub)
        factories.make_knowledge(group, source_thing=thing)
        factories.make_link(group)
        factories.make_custom_metric(group)
        factories.make_quarantined(run=factories.make_run(group=group, person=member))
        factories.make_token(group=group, person=member)
        factories.make_archive_batch(group, state="expired")
        factories.make_override(group)
        database_rows_make(number)
        operating_rows_make(number, member, factories.make_person())
        factories.make_finding(group, owner=member)
        factories.make_snapshot(group, number)
        WeeklyReport.objects.create(group=group, week=date(2020, 1, 6) + timedelta(weeks=number), standing="healthy", body={})
        QualityThreshold.objects.create(group=factories.make_group(parent=group), metric="schema_compliance", healthy=90, warning=80)
        factories.make_delivery(group, person=member)
        for types in (ThingType, ConnectionType, EventType):
            types.objects.create(name=f"a_test_{number}", category="test")
        Role.objects.create(name=f"role {number}")
        every = IntervalSchedule.objects.create(every=number + 1, period="hours")
        CrontabSchedule.objects.create(minute=str(number))
        PeriodicTask.objects.create(name=f"task {number}", task="a.task", interval=every)


def pages(client: Client, hub: Thing) -> dict[str, str]:
    """Every page of the admin: its name and address."""
    found = {"index": reverse("admin:index"), "ontology_thing audit": reverse("admin:ontology_thing_audit", args=[hub.pk])}
    found["monitoring quality"] = f"{reverse('admin:monitoring_quality')}?group={hub.group_id}"
    found["monitoring capacity"] = reverse("admin:monitoring_capacity")
    found["ontology_group outlook"] = reverse("admin:ontology_group_outlook", args=[hub.group_id])
    for model, model_admin in admin.site._registry.items():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        found[f"{label} list"] = reverse(f"admin:{label}_changelist")
        if label not in READ_ONLY:
            found[f"{label} add"] = reverse(f"admin:{label}_add")
        first = first_row(model, hub)
        assert first is not None, f"{label} has no row to open"
        found[f"{label} change"] = reverse(f"admin:{label}_change", args=[first.pk])
        assert model_admin.list_display
    return found


READ_ONLY = {
    *(f"monitoring_{name}" for name in ("databasesample", "databasereport", "slowstatement", "repeatedstatement", "maintenance")),
    *("archival_archivebatch", "monitoring_alert", "monitoring_delivery", "ontology_event", "ontology_run", "ontology_thingknowledge"),
    *("ontology_quarantinedrow", "quotas_plan", "quotas_planlimit"),
    *("monitoring_finding", "monitoring_dataqualitysnapshot", "monitoring_weeklyreport", "monitoring_review"),
    "monitoring_capacityday",
}
"""Models without a page to add a row."""


def first_row(model: type[Model], hub: Thing) -> Model | None:
    """The row around which all others lie, or the first."""
    special: dict[type[Model], Callable[[], Model | None]] = {
        Group: lambda: hub.group,
        Thing: lambda: hub,
        Event: lambda: Event.objects.filter(actor=hub).order_by("id").first(),
    }
    return special.get(model, lambda: model._default_manager.order_by("pk").first())()


def counts(client: Client, hub: Thing) -> dict[str, int]:
    ContentType.objects.get_for_models(*admin.site._registry)
    found = {}
    for name, address in sorted(pages(client, hub).items()):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        assert response.status_code == 200, f"{name}: {response.status_code}"
        found[name] = len(captured)
    return found


def test_query_counts__do_not_grow_with_rows_and_are_as_recorded(client: Client, settings: Any) -> None:
    settings.SESSION_SEEN_STEP_SECONDS = 3600  # a session's sign of life is written once a minute, which a slow machine takes
    factories.staff_sign_in(client, factories.make_staff())
    group = factories.make_group()
    hub = factories.make_thing(group)

    rows_make(group, hub, range(FEW))
    few = counts(client, hub)
    rows_make(group, hub, range(FEW, MANY))
    many = counts(client, hub)

    if env.flag("RECORD_QUERY_COUNTS", default=False):
        RECORDED.write_text(json.dumps(many, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert many == few
    assert many == json.loads(RECORDED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("label", sorted(READ_ONLY))
def test_read_only_models__have_no_form(client: Client, label: str) -> None:
    factories.staff_sign_in(client, factories.make_staff())

    response = client.get(reverse(f"admin:{label}_add"))

    assert response.status_code == 403


def test_no_model_of_ours__can_be_deleted() -> None:
    ours = [model_admin for model, model_admin in admin.site._registry.items() if model._meta.app_label == "ontology"]

    assert ours
    for model_admin in ours:
        assert model_admin.has_delete_permission(None) is False  # type: ignore[arg-type]
