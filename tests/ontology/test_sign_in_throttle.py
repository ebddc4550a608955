"""Patience with guessers: five wrong passwords close an account, or an address, for a quarter of an hour."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db.models import F
from django.test import Client, RequestFactory

from config.requests import client_address
from ontology.models import Person
from tests.factories import PASSWORD, make_person, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
SIGN_IN, ADMIN = "/account/sign-in/", "/admin/login/"
BLOCKED_SENTENCE = "After 5 wrong passwords signing in is closed for a while. Try again in 15 minutes."


@pytest.fixture
def person() -> Person:
    person = make_person()
    person.set_password(PASSWORD)
    person.save()
    return person


def attempt(email: str, password: str, *, address: str = "10.0.0.1", page: str = SIGN_IN) -> int:
    return Client(REMOTE_ADDR=address).post(page, {"username": email, "password": password}).status_code


def test_account__is_closed_after_five_from_anywhere(person: Person) -> None:
    wrong = [attempt(person.email, f"wrong {number}", address=f"10.0.0.{number}") for number in range(5)]

    right = attempt(person.email.upper(), PASSWORD, address="10.0.1.1")

    assert wrong == [200, 200, 200, 200, 429]
    assert right == 429


def test_address__is_closed_after_five_for_every_account(person: Person) -> None:
    wrong = [attempt(f"nobody-{number}@example.org", "wrong") for number in range(5)]

    assert wrong == [200, 200, 200, 200, 429]
    assert attempt(person.email, PASSWORD) == 429
    assert attempt(person.email, PASSWORD, address="10.0.0.2") == 302


def test_admin__shares_the_count(person: Person) -> None:
    staff = make_staff()
    for number in range(3):
        attempt(staff.email, "wrong", address=f"10.0.0.{number}")
    last = [attempt(staff.email, "wrong", address=f"10.0.1.{number}", page=ADMIN) for number in range(2)]

    assert last == [200, 429]
    assert attempt(staff.email, PASSWORD, address="10.0.2.1", page=ADMIN) == 429


def test_blocked__says_when_to_try_again(person: Person) -> None:
    for _ in range(5):
        attempt(person.email, "wrong")

    response = Client(REMOTE_ADDR="10.0.0.1").post(SIGN_IN, {"username": person.email, "password": PASSWORD})

    assert BLOCKED_SENTENCE in response.content.decode()
    assert 890 <= int(response["Retry-After"]) <= 900


def test_blocked__knocking_does_not_make_it_longer(person: Person) -> None:
    for _ in range(5):
        attempt(person.email, "wrong")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=14))
    attempt(person.email, PASSWORD)
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=1, seconds=5))

    assert attempt(person.email, PASSWORD) == 302


def test_unknown_account__is_answered_alike(person: Person) -> None:
    known = [attempt(person.email, "wrong", address="10.0.0.1") for _ in range(6)]
    unknown = [attempt("nobody@example.org", "wrong", address="10.0.0.2") for _ in range(6)]

    assert known == unknown == [200] * 4 + [429] * 2


@pytest.mark.parametrize("case", ["known", "unknown", "inactive", "invited"])
def test_every_account__costs_one_hash(person: Person, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    if case == "inactive":
        Person.objects.update(is_active=False)
    if case == "invited":
        person.set_unusable_password()
        person.save()
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", lambda self, password, *rest: hashed.append(password) or encode(self, password, *rest))

    attempt("nobody@example.org" if case == "unknown" else person.email, "wrong")

    assert len(hashed) == 1


def test_success__forgives_the_account_and_not_the_address(person: Person) -> None:
    mine = make_person()
    mine.set_password(PASSWORD)
    mine.save()
    for _ in range(2):
        attempt(person.email, "wrong")
        attempt(mine.email, "wrong")

    attempt(mine.email, PASSWORD)
    after = [attempt(person.email, "wrong") for _ in range(3)]

    assert not AccessAttempt.objects.filter(username=mine.email).exists()
    assert after == [200, 200, 429]


def test_attempts__keep_no_password(person: Person) -> None:
    attempt(person.email, "a secret of mine")
    Client().post(
        ADMIN, {"username": "x", "password": "a secret of mine", "password1": "a secret of mine", "confirming_password": "a secret of mine"}
    )

    assert AccessAttempt.objects.count() == 2
    assert "secret of mine" not in str(list(AccessAttempt.objects.values()))


@pytest.mark.parametrize("name", ["a\x00b", "x" * 300, "ü@example.org", " "])
def test_hostile_names__are_answered(name: str) -> None:
    assert attempt(name, "wrong") == 200


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "1.2.3.4", "10.0.0.1"),
        (True, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (True, "nonsense", "10.0.0.1"),
        (True, "", "10.0.0.1"),
        (True, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_address__is_what_the_own_proxy_says(settings: Any, behind: bool, forwarded: str, address: str) -> None:
    settings.BEHIND_PROXY = behind

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address
