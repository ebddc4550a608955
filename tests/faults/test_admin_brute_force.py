"""Somebody who attacks the admin's door: guesses passwords and codes, skips the second factor, forges forms, reads the logs."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ontology.models import ApiToken, Membership, Person
from tests.factories import PASSWORD, code_of, make_group, make_membership, make_second_factor, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
OPEN = {"login", "logout", "jsi18n"}


def test_passwords__five_guesses_and_no_more() -> None:
    person = make_staff()

    answers = [
        Client(REMOTE_ADDR=f"10.0.{number}.1").post("/admin/login/", {"username": person.email, "password": f"guess {number}"}).status_code
        for number in range(100)
    ]
    right = Client().post("/admin/login/", {"username": person.email, "password": PASSWORD})

    assert answers == [200] * 4 + [429] * 96
    assert right.status_code == 429


def test_accounts__five_guesses_from_one_address() -> None:
    answers = [Client().post("/admin/login/", {"username": make_staff().email, "password": "a common one"}).status_code for _ in range(10)]

    assert answers == [200] * 4 + [429] * 6


def test_codes__a_thousand_guesses_open_nothing(client: Client) -> None:
    person = make_staff()
    device = make_second_factor(person)
    client.force_login(person)
    right = int(code_of(device))

    answers = {client.post("/admin/second-factor/", {"code": f"{(right + step) % 1_000_000:06}"}).status_code for step in range(10, 1_010)}

    device.refresh_from_db()
    assert answers == {403}
    assert device.throttling_failure_count < 20
    assert client.get("/admin/").status_code == 302


def addresses() -> list[tuple[str, str]]:
    """Name and address of every page below /admin/, with made-up words where the address has places."""
    found: list[tuple[str, str]] = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for pattern in patterns:
            place = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, place)
            else:
                found.append((pattern.name or "", "/" + re.sub(r"<[^>]+>|\(\?P.*\)|[\^$?]|\\Z", "1", place).replace("^", "")))

    walk(get_resolver().url_patterns, "")
    return [(name, place) for name, place in found if place.startswith("/admin/")]


def test_second_factor__no_page_without_it(client: Client) -> None:
    person = make_staff()
    make_second_factor(person)
    client.force_login(person)

    reached = [
        (name, method, place)
        for name, place in addresses()
        if name not in OPEN
        for method in ("get", "post")
        if (answer := getattr(client, method)(place)).status_code == 200 and answer.request["PATH_INFO"] != "/admin/second-factor/"
    ]

    assert len(addresses()) > 100
    assert reached == []


def test_pages__nobody_is_let_in_without_signing_in(client: Client) -> None:
    reached = [place for name, place in addresses() if name not in OPEN and client.get(place).status_code == 200]

    assert reached == []


def test_forms__forged_ones_are_refused() -> None:
    person, membership = make_staff(), make_membership(make_group())
    client = Client(enforce_csrf_checks=True)
    staff_sign_in(client, person)
    lists = reverse("admin:ontology_membership_changelist")
    forged = {
        "/admin/login/": {"username": person.email, "password": PASSWORD},
        "/account/sign-in/": {"username": person.email, "password": PASSWORD},
        "/account/tokens/new/": {"name": "script", "scopes": ["admin"], "group": "", "days": "30"},
        "/account/sessions/end/": {},
        "/account/sign-out/": {},
        "/admin/second-factor/own/remove/": {},
        lists: {"action": "remove", "_selected_action": [membership.pk]},
    }

    answers = {place: client.post(place, fields).status_code for place, fields in forged.items()}

    assert set(answers.values()) == {403}
    assert Membership.objects.exists()
    assert not ApiToken.objects.exists()
    assert client.get("/admin/").status_code == 200


def test_logs__hold_no_secret_of_an_attack(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    person = make_staff()
    device = make_second_factor(person)

    for number in range(8):
        client.post("/admin/login/", {"username": person.email, "password": f"guess-of-a-secret-{number}"})
    client.force_login(person)
    client.post("/admin/second-factor/", {"code": "918273"})
    client.post("/admin/second-factor/", {"code": code_of(device)})

    secrets = ["guess-of-a-secret", "918273", code_of(device), device.key, PASSWORD, Person.objects.get(pk=person.pk).password]
    assert "AXES" in caplog.text
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_every_admin_of_the_site__is_among_the_addresses() -> None:
    names = {name for name, _ in addresses()}

    assert {f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry} <= names
