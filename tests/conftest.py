"""What every test stands on: a database of its own on the real server, and none for tests that do not ask."""

import os
from typing import Any

import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

from config import env
from ontology.models import Group
from ontology.querysets import PLATFORM_SLUG
from ontology.services.catalogue import catalogue_load
from quotas.models import Plan
from quotas.services.plans import plans_ship

PREFIX = "test_sextant_"


def pytest_configure() -> None:
    """Signs in as the owner of the tables, names the test database after this process, so that two runs at once do not share one, and speaks plain
    HTTP to the test client.
    """
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.WATCH_FROM_WEB = False
    settings.DATABASE_ROLE = "owner"
    settings.DATABASES["default"] |= env.database("owner")
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{PREFIX}{os.getpid()}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Drops the databases of runs that were killed: those whose process is gone."""
    where = settings.DATABASES["default"]
    with psycopg.connect(
        host=where["HOST"], port=where["PORT"], user=where["USER"], password=where["PASSWORD"], dbname="postgres", autocommit=True
    ) as session:
        for (name,) in session.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"]).fetchall():
            owner = name.removeprefix(PREFIX).partition("_")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def plans_ready() -> None:
    """Groups of tests are on a plan without limits unless a test says otherwise: other limits than those it is about would only be in its way."""
    plans_ship()
    Plan.objects.filter(is_default=True).update(is_default=False)
    Plan.objects.filter(name="enterprise").update(is_default=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database as migrations make it, but for the plan that groups begin with."""
    with django_db_blocker.unblock():
        plans_ready()


_flush = TransactionTestCase._fixture_teardown


def _flush_events_too(self: TransactionTestCase) -> None:
    """Empties the append-only events after a test that committed, and gives the next one the types, plans and the platform's group back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'migration', false)")
    _flush(self)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', '', false)")
    catalogue_load()
    plans_ready()
    Group.objects.get_or_create(slug=PLATFORM_SLUG, defaults={"name": "Platform", "type": "organization"})


TransactionTestCase._fixture_teardown = _flush_events_too  # type: ignore[method-assign]
