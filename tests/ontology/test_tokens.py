"""API tokens: their text, their making, their end, and whom they stand for."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ontology.errors import FieldRefused
from ontology.models import ApiToken, Event, Group, Person
from ontology.services.actor import PLATFORM, Actor
from ontology.services.tokens import TokenOfAnother, checksum, token_bearer, token_is_well_formed, token_make, token_revoke
from tests.factories import make_group, make_membership, make_person, make_staff

pytestmark = pytest.mark.django_db


def made(person: Person | None = None, **fields: Any) -> tuple[ApiToken, str]:
    given: dict[str, Any] = {"name": "script", "scopes": ["read"], "actor": PLATFORM, **fields}
    return token_make(person or make_person(), **given)


def refused(**fields: Any) -> tuple[str, str]:
    before = ApiToken.objects.count(), Event.objects.count()
    with pytest.raises(FieldRefused) as caught:
        made(**fields)
    assert (ApiToken.objects.count(), Event.objects.count()) == before
    return caught.value.field, str(caught.value)


def test_text__can_be_told_from_other_words_without_asking() -> None:
    _, text = made()

    assert text.startswith("sxt_")
    assert len(text) == 4 + 40 + 6
    assert token_is_well_formed(text)
    assert not token_is_well_formed(text[:-1] + ("0" if text[-1] != "0" else "1"))
    assert not token_is_well_formed(f"{text} ")
    assert not token_is_well_formed("")


def test_checksum__is_the_crc_in_base_62() -> None:
    assert checksum("123456789") == "3jZRME"  # 0xCBF43926, the check value of CRC-32


def test_make__keeps_the_digest_only_and_leaves_an_event() -> None:
    person = make_person()

    token, text = made(person, name=" nightly ", scopes=["write", "read", "read"], actor=Actor(person=person))

    row = ApiToken.objects.values().get()
    event = Event.objects.get()
    days = (token.expires_at - timezone.now()).total_seconds() / 86_400 if token.expires_at else 0
    assert (row["name"], row["prefix"], row["scopes"]) == ("nightly", text[:12], ["read", "write"])
    assert text not in str(row)
    assert text not in str(event.metadata)
    assert round(days, 2) == 90
    assert (event.group, event.type, event.person) == (Group.objects.platform(), "settings_updated", person)
    assert event.metadata["change"] == "api_token_made"
    assert (event.metadata["tokenId"], event.metadata["prefix"], event.metadata["scopes"]) == (str(token.pk), text[:12], ["read", "write"])


def test_make__for_a_group_leaves_the_event_there() -> None:
    group, person = make_group(), make_person()
    make_membership(group, person)

    token, _ = made(person, group=group)

    assert token.group == group
    assert Event.objects.get().group == group


def test_make__refuses() -> None:
    now = timezone.now()

    assert refused(name="  ")[0] == "name"
    assert refused(name="x" * 101)[0] == "name"
    assert refused(scopes=[])[0] == "scopes"
    assert refused(scopes=["read", "everything"]) == ("scopes", "Choose one scope or more of read, write, admin.")
    assert refused(expires_at=now - timedelta(seconds=1)) == ("expires_at", "A token expires in the future.")
    assert refused(expires_at=now + timedelta(days=367)) == ("expires_at", "A token expires within 366 days.")
    assert refused(group=make_group())[0] == "group"
    assert refused(person=make_person(is_active=False))[0] == "person"


def test_make_and_revoke__for_another_person_only_by_an_owner() -> None:
    person, stranger, owner = make_person(), make_person(), make_staff()
    token, _ = made(person, actor=Actor(person=owner))

    with pytest.raises(TokenOfAnother):
        made(person, actor=Actor(person=stranger))
    with pytest.raises(TokenOfAnother):
        token_revoke(token, actor=Actor(person=stranger))

    assert ApiToken.objects.get().revoked_at is None


def test_revoke__works_at_once_and_once() -> None:
    token, text = made()

    first = token_revoke(token, actor=PLATFORM).revoked_at
    second = token_revoke(token, actor=PLATFORM).revoked_at

    assert first == second
    assert token_bearer(text) is None
    assert [event.metadata["change"] for event in Event.objects.order_by("id")] == ["api_token_made", "api_token_revoked"]


def test_bearer__is_found_in_one_query_that_stamps_its_use() -> None:
    person = make_staff()
    token, text = made(person, scopes=["read", "admin"])

    with CaptureQueriesContext(connection) as captured:
        found = token_bearer(text)
        assert found is not None
        told = (found.pk, found.scopes, found.group_id, found.person.email, found.person.is_platform_owner, found.person.is_active, found.is_usable)

    assert told == (token.pk, ["admin", "read"], None, person.email, True, True, True)
    assert len(captured) == 1
    assert ApiToken.objects.get().last_used_at is not None


def test_bearer__stamps_at_most_once_a_minute() -> None:
    token, text = made()
    lately, before = timezone.now() - timedelta(seconds=50), timezone.now() - timedelta(seconds=70)

    ApiToken.objects.update(last_used_at=lately)
    token_bearer(text)
    kept = ApiToken.objects.get(pk=token.pk).last_used_at
    ApiToken.objects.update(last_used_at=before)
    token_bearer(text)
    renewed = ApiToken.objects.get(pk=token.pk).last_used_at

    assert kept == lately
    assert renewed is not None
    assert renewed > lately


def test_bearer__malformed_text_asks_nobody() -> None:
    _, text = made()

    with CaptureQueriesContext(connection) as captured:
        answers = [token_bearer(wrong) for wrong in ("", "sxt_", text[:-1] + "!", text.lower(), "Bearer " + text, "sxt_" + "0" * 46)]

    assert answers == [None] * 6
    assert len(captured) == 0


@pytest.mark.parametrize("change", [{"expires_at": "past"}, {"revoked_at": "past"}, {"person": "inactive"}, {"digest": b"another"}])
def test_bearer__refuses_what_is_over(change: dict[str, Any]) -> None:
    token, text = made()
    past = timezone.now() - timedelta(seconds=1)
    if change == {"person": "inactive"}:
        Person.objects.filter(pk=token.person_id).update(is_active=False)
    else:
        made_at = timezone.now() - timedelta(days=1)
        ApiToken.objects.update(created_at=made_at, **{name: past if value == "past" else value for name, value in change.items()})

    assert token_bearer(text) is None
    assert ApiToken.objects.get().last_used_at is None


@pytest.mark.django_db(transaction=True)
def test_bearer__waits_for_no_other_request_that_stamps() -> None:
    _, text = made()
    found: list[ApiToken | None] = []

    def ask() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = '3s'")
            found.append(token_bearer(text))
        finally:
            connections.close_all()

    from django.db import transaction

    with transaction.atomic():
        ApiToken.objects.select_for_update().get()
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(10)

    assert [token is not None for token in found] == [True]
