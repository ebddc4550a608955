"""Sessions begin anew at every sign-in and end by themselves."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ontology.models import Person
from ontology.sessions import BEGAN, CONFIRMED, SEEN
from tests.factories import PASSWORD, code_of, make_person, make_second_factor, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
HOME, SIGN_IN = "/account/", "/account/sign-in/"
HOUR = 3600


@pytest.fixture
def person(client: Client) -> Person:
    person = make_person()
    person.set_password(PASSWORD)
    person.save()
    client.post(SIGN_IN, {"username": person.email, "password": PASSWORD})
    return person


def back(client: Client, seconds: int, *keys: str) -> None:
    """Moves moments of the session into the past."""
    session = client.session
    for key in keys:
        session[key] -= seconds
    session.save()


def test_session__gets_a_new_key_at_sign_in(client: Client) -> None:
    person = make_person()
    person.set_password(PASSWORD)
    person.save()
    session = client.session
    session["before"] = "anything"
    session.save()
    key = session.session_key

    client.post(SIGN_IN, {"username": person.email, "password": PASSWORD})

    assert client.session.session_key != key
    assert client.session[BEGAN] == client.session[SEEN] == client.session[CONFIRMED]


@pytest.mark.parametrize(
    ("seconds", "keys", "status"),
    [
        (2 * HOUR - 5, (SEEN,), 200),
        (2 * HOUR, (SEEN,), 302),
        (12 * HOUR - 5, (BEGAN,), 200),
        (12 * HOUR, (BEGAN,), 302),
    ],
)
def test_session__ends_by_itself(client: Client, person: Person, seconds: int, keys: tuple[str, ...], status: int) -> None:
    back(client, seconds, *keys)

    assert client.get(HOME).status_code == status


def test_session__that_ended_says_so(client: Client, person: Person) -> None:
    back(client, 12 * HOUR, BEGAN)

    assert b"Your session has ended. Sign in again to go on." in client.get(HOME, follow=True).content


def test_session__of_the_admin_ends_too(client: Client) -> None:
    staff_sign_in(client, make_staff(), minutes_ago=121)

    assert client.get(reverse("admin:index"))["Location"].startswith(reverse("admin:login"))


def test_session__is_written_at_most_once_a_minute(client: Client, person: Person) -> None:
    def writes() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(HOME)
        return len([query for query in captured if query["sql"].startswith(("UPDATE", "INSERT"))])

    at_once = writes()
    back(client, 61, SEEN)
    after_a_minute, then = writes(), writes()

    assert (at_once, after_a_minute, then) == (0, 1, 0)


def test_signing_in_again__begins_anew(client: Client, person: Person) -> None:
    back(client, 11 * HOUR, BEGAN)
    client.post(reverse("account:sign_out"))
    client.post(SIGN_IN, {"username": person.email, "password": PASSWORD})
    back(client, HOUR, BEGAN, SEEN)

    assert client.get(HOME).status_code == 200


def moments(client: Client) -> tuple[int, int]:
    return client.session[BEGAN], client.session.get(CONFIRMED, 0)


def test_ending_other_sessions__keeps_the_beginning_and_the_confirmation(client: Client, person: Person) -> None:
    back(client, 300, BEGAN, CONFIRMED)
    before, key = moments(client), client.session.session_key

    response = client.post(reverse("account:sessions_end"))

    assert (response.status_code, moments(client)) == (302, before)
    assert client.session.session_key != key


def test_ending_other_sessions__asks_for_the_password_after_ten_minutes(client: Client, person: Person) -> None:
    back(client, HOUR, BEGAN, CONFIRMED)
    before = moments(client)
    page = reverse("account:sessions_end")

    asked, wrong = client.post(page), client.post(page, {"confirming_password": "wrong"})
    kept = moments(client)
    done = client.post(page, {"confirming_password": PASSWORD})

    assert (asked.status_code, wrong.status_code, done.status_code) == (403, 403, 302)
    assert b"Confirm that it is you" in asked.content
    assert b"This is not your password." in wrong.content
    assert (kept, client.session[BEGAN]) == (before, before[0])


def test_second_factor__confirms_no_password(client: Client) -> None:
    staff = make_staff()
    device = make_second_factor(staff)
    client.force_login(staff)
    back(client, HOUR, BEGAN, CONFIRMED)
    before, key = moments(client), client.session.session_key

    client.post("/admin/second-factor/", {"code": code_of(device)})

    assert moments(client) == before
    assert client.session.session_key != key


def test_session_without_a_beginning__begins_and_is_not_confirmed(client: Client, person: Person) -> None:
    session = client.session
    for key in (BEGAN, SEEN, CONFIRMED):
        del session[key]
    session.save()

    client.get(HOME)

    assert client.session[BEGAN] == client.session[SEEN]
    assert CONFIRMED not in client.session


def test_changing_the_password__begins_anew(client: Client, person: Person) -> None:
    back(client, HOUR, BEGAN, CONFIRMED)
    before, new = moments(client), "another long sentence"

    client.post(reverse("account:password_change"), {"old_password": PASSWORD, "password1": new, "password2": new})

    assert min(moments(client)) >= before[0] + HOUR


def test_cookies__are_for_this_site_and_no_script(person: Person, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()

    page = client.get(SIGN_IN)
    response = client.post(SIGN_IN, {"username": person.email, "password": PASSWORD})

    session, form = response.cookies["sessionid"], page.cookies["csrftoken"]
    assert (session["httponly"], session["secure"], session["samesite"]) == (True, True, "Lax")
    assert (form["httponly"], form["secure"], form["samesite"]) == (True, True, "Lax")
