"""The account pages: signing in and out, profile, own tokens, passwords, the ends of sessions."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from ontology.models import ApiToken, Event, Group, Person
from ontology.services.password_resets import password_reset_send
from ontology.services.tokens import token_bearer
from ontology.tasks import send_password_reset
from tests.factories import PASSWORD, make_group, make_membership, make_person, make_staff, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
HOME, SIGN_IN = "/account/", "/account/sign-in/"
NEW = "a much longer horse battery"


@pytest.fixture
def person(client: Client) -> Person:
    person = make_person(display_name="Grace")
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person)
    return person


def kinds() -> list[str]:
    return [event.metadata.get("change", event.type) for event in Event.objects.in_group(Group.objects.platform()).order_by("id")]


def test_sign_in__by_any_case_of_the_address(client: Client, person: Person) -> None:
    client.logout()

    response = client.post(SIGN_IN, {"username": person.email.upper(), "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, HOME)
    assert client.get(HOME).status_code == 200


@pytest.mark.parametrize("case", ["wrong password", "unknown", "inactive"])
def test_sign_in__one_sentence_for_every_reason(client: Client, person: Person, case: str) -> None:
    client.logout()
    if case == "inactive":
        Person.objects.update(is_active=False)
    email = "nobody@example.org" if case == "unknown" else person.email

    response = client.post(SIGN_IN, {"username": email, "password": "wrong" if case == "wrong password" else PASSWORD})

    assert response.status_code == 200
    assert response.context["form"].non_field_errors() == [
        "This e-mail address and password do not belong together. Mind capital letters in the password."
    ]


def test_sign_in__leads_to_no_foreign_site(client: Client, person: Person) -> None:
    client.logout()

    response = client.post(SIGN_IN, {"username": person.email, "password": PASSWORD, "next": "https://evil.example/"})

    assert response["Location"] == HOME


def test_every_page__asks_to_sign_in(client: Client) -> None:
    token = make_token()
    names = ["home", "token_new", "password_change"]

    answers = [client.get(reverse(f"account:{name}")) for name in names]
    answers += [client.post(reverse("account:sessions_end")), client.post(reverse("account:token_revoke", args=[token.pk]))]

    assert [answer.status_code for answer in answers] == [302] * 5
    assert all(answer["Location"].startswith(SIGN_IN) for answer in answers)
    assert ApiToken.objects.get().revoked_at is None


def test_sign_out__only_by_post(client: Client, person: Person) -> None:
    refused = client.get(reverse("account:sign_out"))
    response = client.post(reverse("account:sign_out"), follow=True)

    assert refused.status_code == 405
    assert b"You are signed out." in response.content
    assert client.get(HOME).status_code == 302


def test_home__shows_memberships_and_tokens_of_oneself_only(client: Client, person: Person) -> None:
    make_membership(make_group(name="North"), person)
    make_membership(make_group(name="South"))
    make_token(person=person, name="mine")
    make_token(name="theirs")

    page = client.get(HOME).content.decode()

    assert "North" in page
    assert "mine" in page
    assert "South" not in page
    assert "theirs" not in page


def test_profile__is_changed_with_an_event(client: Client, person: Person) -> None:
    response = client.post(HOME, {"display_name": "Grace H.", "bio": "", "avatar": ""}, follow=True)

    person.refresh_from_db()
    event = Event.objects.get()
    assert b"Your profile is saved." in response.content
    assert person.display_name == "Grace H."
    assert (event.type, event.person, event.metadata["by"]["door"]) == ("profile_updated", person, "account")


def test_profile__refuses_a_picture_that_is_no_address(client: Client, person: Person) -> None:
    response = client.post(HOME, {"display_name": "Grace", "bio": "", "avatar": "javascript:alert(1)"})

    assert "avatar" in response.context["form"].errors
    assert kinds() == []


def test_token__is_shown_once_and_works(client: Client, person: Person) -> None:
    group = make_group()
    make_membership(group, person)

    response = client.post(reverse("account:token_new"), {"name": "script", "scopes": ["read", "write"], "group": group.pk, "days": "30"})

    (text,) = set(re.findall(r"sxt_[0-9A-Za-z]{46}", response.content.decode()))
    bearer = token_bearer(text)
    assert bearer is not None
    assert (bearer.person, bearer.group_id, bearer.scopes) == (person, group.pk, ["read", "write"])
    assert "no-store" in response["Cache-Control"]
    assert text not in client.get(HOME).content.decode()


def test_token__for_a_foreign_group_is_no_choice(client: Client, person: Person) -> None:
    response = client.post(reverse("account:token_new"), {"name": "script", "scopes": ["read"], "group": make_group().pk, "days": "30"})

    assert "group" in response.context["form"].errors
    assert not ApiToken.objects.exists()


def test_token_revoke__ones_own_only(client: Client, person: Person) -> None:
    mine, theirs = make_token(person=person), make_token()

    revoked = client.post(reverse("account:token_revoke", args=[mine.pk]))
    missing = client.post(reverse("account:token_revoke", args=[theirs.pk]))

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (revoked.status_code, missing.status_code) == (302, 404)
    assert (mine.is_usable, theirs.is_usable) == (False, True)


def test_password_change__needs_the_present_one_and_ends_other_sessions(client: Client, person: Person) -> None:
    other = Client()
    other.force_login(person)
    page = reverse("account:password_change")

    refused = client.post(page, {"old_password": "wrong", "password1": NEW, "password2": NEW})
    unequal = client.post(page, {"old_password": PASSWORD, "password1": NEW, "password2": f"{NEW}!"})
    weak = client.post(page, {"old_password": PASSWORD, "password1": "password", "password2": "password"})
    changed = client.post(page, {"old_password": PASSWORD, "password1": NEW, "password2": NEW})

    assert [set(answer.context["form"].errors) for answer in (refused, unequal, weak)] == [{"old_password"}, {"password2"}, {"password2"}]
    assert changed["Location"] == HOME
    assert client.get(HOME).status_code == 200
    assert other.get(HOME).status_code == 302
    assert kinds() == ["password_reset_completed"]


def test_sessions_end__all_but_this_one(client: Client, person: Person) -> None:
    other = Client()
    other.force_login(person)

    client.post(reverse("account:sessions_end"))

    assert client.get(HOME).status_code == 200
    assert other.get(HOME).status_code == 302
    assert kinds() == ["sessions_ended"]


def test_password_reset__same_answer_for_known_and_unknown(client: Client, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr("ontology.account.passwords.current_app.send_task", lambda name, words, **_: asked.append([name, *words]))
    page = reverse("account:password_reset")

    known = client.post(page, {"email": person.email}).content.decode().replace(person.email, "")
    unknown = client.post(page, {"email": "nobody@example.org"}).content.decode().replace("nobody@example.org", "")

    assert re.sub(r'value="\w{64}"', "", known) == re.sub(r'value="\w{64}"', "", unknown)
    assert asked == [
        ["ontology.send_password_reset", person.email, "http://testserver/"],
        ["ontology.send_password_reset", "nobody@example.org", "http://testserver/"],
    ]


def test_password_reset__says_when_no_worker_can_be_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("ontology.account.passwords.current_app.send_task", fail)

    response = client.post(reverse("account:password_reset"), {"email": "ada@example.org"})

    assert response.context["form"].non_field_errors() == ["No e-mail can be sent at the moment. Try again in a few minutes."]


def test_password_reset__by_the_link_of_the_e_mail_once(client: Client, person: Person) -> None:
    client.logout()
    send_password_reset(person.email.upper(), "http://testserver/")
    (letter,) = mail.outbox
    (link,) = re.findall(r"http://testserver(/\S+)", str(letter.body))

    shown = client.get(link)
    done = client.post(link, {"password1": NEW, "password2": NEW})
    again = client.get(link)

    person.refresh_from_db()
    assert shown.status_code == 200
    assert done["Location"] == SIGN_IN
    assert person.check_password(NEW)
    assert again.status_code == 410
    assert kinds() == ["password_reset_requested", "password_reset_completed"]


def test_password_reset__nobody_is_written_to_in_vain_or_twice(person: Person) -> None:
    off, none = make_person(is_active=False), make_person()
    none.set_unusable_password()
    none.save()

    sent = [
        password_reset_send(email, link_base="http://testserver/")
        for email in ("nobody@example.org", off.email, none.email, person.email, person.email)
    ]

    assert sent == [False, False, False, True, False]
    assert len(mail.outbox) == 1


def test_password_reset__link_is_dead_after_two_hours(client: Client, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    password_reset_send(person.email, link_base="http://testserver/")
    (link,) = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    from ontology.services.links import RESET

    moment = RESET._now()  # type: ignore[attr-defined]
    from datetime import timedelta

    monkeypatch.setattr(RESET, "_now", lambda: moment + timedelta(hours=2, seconds=5))

    assert client.get(link).status_code == 410
    assert client.get("/account/password/set/nonsense/x-y/").status_code == 410


def test_staff__without_the_second_factor_make_no_token(client: Client) -> None:
    client.force_login(make_staff())

    response = client.post(reverse("account:token_new"), {"name": "script", "scopes": ["admin"], "group": "", "days": "30"})

    assert response["Location"].startswith(reverse("second-factor:verify"))
    assert not ApiToken.objects.exists()


def test_home__asks_the_same_number_of_queries_whatever_the_rows(client: Client, person: Person, django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(HOME)
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_membership(make_group(), person)
            make_token(person=person)
        with CaptureQueriesContext(connection) as captured:
            client.get(HOME)
        counts.append(len(captured))

    assert counts[0] == counts[1]
