"""The demo: two groups of real data, and an account; only where DEMO says so."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from monitoring.database.conditions import conditions_daily
from monitoring.database.indexes import index_health
from ontology.metrics import group_counts
from ontology.models import Connection, Event, Group, Person, Thing

pytestmark = pytest.mark.django_db
OF_THE_PLAN = ("plan_changed", "settings_updated")
"""Events of the groups' own plans, beside those of the file."""
PASSWORD = "correct horse battery staple"


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.DEMO, settings.DEMO_EMAIL, settings.DEMO_PASSWORD = True, "staff@sextant.example", PASSWORD


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("demo")
def test_load_demo__two_groups_with_their_real_counts() -> None:
    load()

    counted = {
        group.slug: (
            Thing.objects.in_group(group).count(),
            Connection.objects.in_group(group).count(),
            Event.objects.in_group(group).exclude(type__in=OF_THE_PLAN).count(),
        )
        for group in Group.objects.exclude(slug="platform")
    }
    assert counted == {"cdnow-sample": (2358, 2357, 6919), "netbox": (3810, 3643, 29653)}
    assert group_counts(Group.objects.get(slug="cdnow-sample")).revenue == Decimal("244091.94")
    assert [(it.kind, it.name) for it in index_health().findings] == []  # nothing is amiss with a database that was only filled
    assert [it.name for it in conditions_daily() if it.severity] == []


@pytest.mark.usefixtures("demo")
def test_load_demo__twice_is_once() -> None:
    load()
    events = Event.objects.count()

    assert load() == "CDNOW sample: there already\nNetBox history: there already\n"
    assert Event.objects.count() == events


@pytest.mark.usefixtures("demo")
def test_load_demo__completes_a_load_that_was_cut_short() -> None:
    load()
    group = Group.objects.get(slug="cdnow-sample")
    group.runs.update(state="interrupted")
    Connection.objects.in_group(group).delete()

    load()

    assert (
        Thing.objects.in_group(group).count(),
        Connection.objects.in_group(group).count(),
        Event.objects.in_group(group).exclude(type__in=OF_THE_PLAN).count(),
    ) == (
        2358,
        2357,
        6919,
    )


@pytest.mark.usefixtures("demo")
def test_load_demo__account_signs_in_with_the_password_of_the_day(settings: Settings) -> None:
    load()
    settings.DEMO_PASSWORD = "another horse battery staple"
    load()

    person = Person.objects.get(email="staff@sextant.example")
    assert person.check_password("another horse battery staple")
    assert person.is_staff
    assert person.is_platform_owner


def test_load_demo__refused_outside_a_demo(settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        load()
    assert not Group.objects.exclude(slug="platform").exists()
