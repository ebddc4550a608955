"""A statement that takes too long for a request is broken off: a sentence at every door, nothing written, the session as good as before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Thing
from ontology.replica import is_fault, took_too_long
from tests.addresses import address
from tests.factories import make_group, make_membership, make_staff, make_thing, staff_sign_in
from tests.ontology.api.client import Api, at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def _a_second(settings: Any) -> None:
    settings.STATEMENT_SECONDS, settings.DATABASE_ROLE = 1, "app"


@contextmanager
def held(thing: Thing) -> Iterator[None]:
    """Another session that keeps THING for itself."""
    with psycopg.connect(address("owner")) as other:
        other.execute("SELECT id FROM ontology_thing WHERE id = %s FOR UPDATE", [thing.pk])
        yield


def test_statement__is_broken_off_and_the_next_is_answered() -> None:
    with acting(PLATFORM_SCOPE), connection.cursor() as cursor:
        with pytest.raises(OperationalError) as broken:
            cursor.execute("SELECT pg_sleep(5)")
        cursor.execute("SELECT 1")

    assert took_too_long(broken.value)
    assert not is_fault(broken.value), "what is too slow for the replica is not asked of the primary again"


def test_statement__of_a_job_takes_as_long_as_it_takes(settings: Any) -> None:
    settings.DATABASE_ROLE = "worker"
    with acting(PLATFORM_SCOPE), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.2)")
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_api__tells_what_to_do() -> None:
    member = make_membership(make_group(), role="group_owner")
    thing = make_thing(member.group, type="note", name="Before")

    with held(thing):
        answer = Api(member.person)("PATCH", at(member.group, f"things/{thing.pk}/"), {"name": "After"})

    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "took_too_long", "30")
    assert "longer than 1 s" in answer.json()["detail"]
    thing.refresh_from_db()
    assert thing.name == "Before"


def test_admin__tells_what_to_do(client: Client) -> None:
    thing = make_thing(make_group(), type="note", name="Before")
    staff_sign_in(client, make_staff())
    client.raise_request_exception = False
    page = f"/admin/ontology/thing/{thing.pk}/change/"
    form = client.get(page).context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields}

    with held(thing):
        answer = client.post(page, {**sent, "name": "After"})

    assert answer.status_code == 503
    assert "took longer than 1 s" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    thing.refresh_from_db()
    assert thing.name == "Before"
