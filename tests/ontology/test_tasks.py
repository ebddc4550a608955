"""What the clock does: every schedule names a task that is there, and each task does its work under the role of jobs."""

from datetime import timedelta

import pytest
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from config.celery import app
from ontology.models import IdempotencyKey
from ontology.tasks import expire_idempotency_keys, forget_sign_ins, make_partitions
from tests.factories import make_person
from tests.roles import as_role

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=400)


def test_schedules__name_tasks_that_are_there() -> None:
    app.loader.import_default_modules()
    names = set(PeriodicTask.objects.exclude(name__startswith="celery.").values_list("task", flat=True))

    assert {
        "ontology.make_partitions",
        "ontology.expire_idempotency_keys",
        "ontology.forget_sign_ins",
        "ontology.sweep_runs",
        "ontology.forget_runs",
    } <= names
    assert names <= set(app.tasks)


def test_make_partitions__as_the_role_of_jobs() -> None:
    with as_role("worker"):
        assert make_partitions() == 0


def test_expire_idempotency_keys__old_ones_of_everybody() -> None:
    for number in range(3):
        IdempotencyKey.objects.create(person=make_person(), key=f"key {number}", request=b"", status=200)
    IdempotencyKey.objects.exclude(key="key 0").update(created_at=timezone.now() - LONG_AGO)

    with as_role("worker"):
        assert expire_idempotency_keys() == 2

    assert [kept.key for kept in IdempotencyKey.objects.all()] == ["key 0"]


def test_forget_sign_ins__old_ones_and_ended_sessions() -> None:
    old, new = (AccessLog.objects.create(username="ann", ip_address="127.0.0.1", path_info="/", http_accept="", user_agent="") for _ in range(2))
    AccessLog.objects.filter(pk=old.pk).update(attempt_time=timezone.now() - LONG_AGO)
    Session.objects.create(session_key="ended", session_data="", expire_date=timezone.now() - timedelta(minutes=1))
    Session.objects.create(session_key="open", session_data="", expire_date=timezone.now() + timedelta(hours=1))

    with as_role("worker"):
        assert forget_sign_ins() == 1

    assert [kept.pk for kept in AccessLog.objects.all()] == [new.pk]
    assert [kept.session_key for kept in Session.objects.all()] == ["open"]
