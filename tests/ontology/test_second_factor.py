"""The second factor of staff: enrolled, proved, recovered, removed; and nothing of the admin before it."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ontology.models import Event, Group, Person
from ontology.services.actor import PLATFORM
from ontology.services.second_factor import CodeRefused, second_factor_confirm, second_factor_of, second_factor_verify
from tests.factories import PASSWORD, code_of, make_person, make_second_factor, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
VERIFY, ENROL, MANAGE = "/admin/second-factor/", "/admin/second-factor/enrol/", "/admin/second-factor/own/"


@pytest.fixture
def staff(client: Client) -> Person:
    """Somebody of the staff who has given a password and nothing more."""
    person = make_staff()
    client.force_login(person)
    return person


def kinds() -> list[str]:
    return [event.metadata.get("change", event.type) for event in Event.objects.in_group(Group.objects.platform()).order_by("id")]


def wrong_code(device: TOTPDevice) -> str:
    return f"{(int(code_of(device)) + 500_000) % 1_000_000:06}"


def test_enrol__with_the_first_code_and_recovery_codes_once(client: Client, staff: Person) -> None:
    shown = client.get(reverse("admin:index"), follow=True)
    device = TOTPDevice.objects.get()
    again = client.get(ENROL)

    done = client.post(ENROL, {"code": code_of(device), "next": "/admin/ontology/thing/"})

    codes = re.findall(r"<li>(\w{4}-\w{4}-\w{4}-\w{4})</li>", done.content.decode())
    assert shown.request["PATH_INFO"] == ENROL
    assert re.search(r"<svg [^>]*viewBox=", shown.content.decode())
    assert shown.context["secret"] == again.context["secret"]
    assert shown.context["secret"] in shown.content.decode()
    assert len(set(codes)) == 10
    assert 'href="/admin/ontology/thing/"' in done.content.decode()
    assert "no-store" in done["Cache-Control"]
    assert client.get(reverse("admin:index")).status_code == 200
    assert kinds() == ["two_factor_enabled"]
    assert codes[0] not in str(list(Event.objects.values()))


@pytest.mark.parametrize("rights", [{"is_superuser": True}, {"platform_role": "platform_owner"}])
def test_rights_on_the_platform__need_it_without_being_of_the_staff(client: Client, rights: dict[str, Any]) -> None:
    client.force_login(make_person(**rights))

    shown = client.get("/account/tokens/new/", follow=True)
    done = client.post(ENROL, {"code": code_of(TOTPDevice.objects.get())})

    assert shown.request["PATH_INFO"] == ENROL
    assert (done.status_code, done.context["goal"]) == (200, "/account/")
    assert [client.get(page).status_code for page in ("/account/", "/account/tokens/new/", MANAGE)] == [200, 200, 200]


def test_member_without_rights_on_the_platform__needs_none(client: Client) -> None:
    client.force_login(make_person())

    assert client.get("/account/").status_code == 200
    assert client.get(ENROL)["Location"].startswith(reverse("admin:login"))


def test_enrol__wrong_code_switches_nothing_on(client: Client, staff: Person) -> None:
    client.get(ENROL)

    response = client.post(ENROL, {"code": wrong_code(TOTPDevice.objects.get())})

    assert (response.status_code, response.context["refusal"][:19]) == (403, "This code is wrong.")
    assert client.get(reverse("admin:index")).status_code == 302
    assert kinds() == []


def test_enrol__never_beside_a_second_factor_in_use(client: Client, staff: Person) -> None:
    make_second_factor(staff)

    response = client.get(ENROL)

    assert response["Location"] == VERIFY
    with pytest.raises(CodeRefused):
        second_factor_confirm(staff, "123456", actor=PLATFORM)
    assert TOTPDevice.objects.count() == 1


def test_verify__right_code_once(client: Client, staff: Person) -> None:
    device = make_second_factor(staff)
    code, key = code_of(device), client.session.session_key

    done = client.post(VERIFY, {"code": f"{code[:3]} {code[3:]}", "next": "/admin/ontology/group/"})
    other = Client()
    other.force_login(staff)
    replayed = other.post(VERIFY, {"code": code})

    assert done["Location"] == "/admin/ontology/group/"
    assert client.session.session_key != key
    assert client.get(reverse("admin:index")).status_code == 200
    assert replayed.status_code == 403
    assert other.get(reverse("admin:index")).status_code == 302


def test_verify__leads_to_no_foreign_site(client: Client, staff: Person) -> None:
    device = make_second_factor(staff)

    response = client.post(VERIFY, {"code": code_of(device), "next": "//evil.example/"})

    assert response["Location"] == reverse("admin:index")


def test_verify__wrong_codes_ask_for_patience(client: Client, staff: Person) -> None:
    device = make_second_factor(staff)

    first = client.post(VERIFY, {"code": wrong_code(device)})
    at_once = client.post(VERIFY, {"code": code_of(device)})

    assert first.context["refusal"].startswith("This code is wrong.")
    assert re.fullmatch(r"1 wrong code so far\. Wait until \d\d:\d\d:\d\d UTC, then try again\.", at_once.context["refusal"])
    assert client.get(reverse("admin:index")).status_code == 302


def test_verify__recovery_code_once(client: Client, staff: Person) -> None:
    client.get(ENROL)
    device = TOTPDevice.objects.get()
    _, codes = second_factor_confirm(staff, code_of(device), actor=PLATFORM)

    proved = client.post(VERIFY, {"code": codes[0].upper()})
    with pytest.raises(CodeRefused):
        second_factor_verify(staff, codes[0])

    assert proved.status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200
    assert second_factor_of(staff).codes_left == 9


def test_verify__code_of_another_person_opens_nothing(client: Client, staff: Person) -> None:
    make_second_factor(staff)
    other = make_second_factor(make_staff())

    response = client.post(VERIFY, {"code": code_of(other)})

    assert response.status_code == 403


def test_session__device_of_another_person_opens_nothing(client: Client, staff: Person) -> None:
    session = client.session
    session["otp_device_id"] = make_second_factor(make_staff()).persistent_id
    session.save()

    assert client.get(reverse("admin:index")).status_code == 302


def test_no_page_of_the_admin__before_the_second_factor(client: Client, staff: Person) -> None:
    make_second_factor(staff)
    pages = [reverse("admin:index"), "/admin/search/?s=a", "/admin/autocomplete/", "/admin/nowhere/", MANAGE]
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        pages += [reverse(f"admin:{label}_changelist"), reverse(f"admin:{label}_add"), reverse(f"admin:{label}_change", args=["1"])]

    answers = {page: client.get(page) for page in pages} | {f"POST {page}": client.post(page, {}) for page in pages}

    reached = {page: answer.status_code for page, answer in answers.items() if not answer.get("Location", "").startswith(VERIFY)}
    assert reached == {}


def test_people_who_are_not_staff__need_none(client: Client) -> None:
    client.force_login(make_person())

    assert client.get("/account/").status_code == 200
    assert client.get(VERIFY).status_code == 302


def test_admin_login__lets_nobody_in_who_is_not_staff(client: Client) -> None:
    person = make_person()
    person.set_password(PASSWORD)
    person.save()

    response = client.post(reverse("admin:login"), {"username": person.email, "password": PASSWORD})

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_demo__asks_for_none(client: Client, staff: Person, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False

    assert client.get(reverse("admin:index")).status_code == 200


def test_required__whenever_this_is_not_the_demo() -> None:
    from config import settings as plain

    assert plain.SECOND_FACTOR_REQUIRED is (not plain.DEMO)


def test_manage__new_recovery_codes_and_removal(client: Client) -> None:
    person = make_staff()
    staff_sign_in(client, person)

    shown = client.get(MANAGE)
    renewed = client.post(f"{MANAGE}codes/")
    removed = client.post(f"{MANAGE}remove/")

    assert b"0 recovery codes left" in shown.content
    assert len(re.findall(r"<li>\w{4}-", renewed.content.decode())) == 10
    assert removed["Location"] == ENROL
    assert not second_factor_of(person).is_on
    assert not StaticToken.objects.exists()
    assert client.get(reverse("admin:index")).status_code == 302
    assert kinds() == ["recovery_codes_renewed", "two_factor_disabled"]


def test_manage__removal_waits_for_the_password(client: Client) -> None:
    person = make_staff()
    staff_sign_in(client, person, minutes_ago=11)

    asked = client.post(f"{MANAGE}remove/")
    kept = second_factor_of(person).is_on
    done = client.post(f"{MANAGE}remove/", {"confirming_password": PASSWORD})

    assert (asked.status_code, kept) == (403, True)
    assert done["Location"] == ENROL


def reset(client: Client, person: Person) -> Any:
    return client.post(reverse("admin:ontology_person_changelist"), {"action": "second_factor_reset", "_selected_action": [person.pk]})


def test_reset__by_an_owner_ends_sessions(client: Client) -> None:
    lost, other = make_staff(), Client()
    staff_sign_in(other, lost)
    staff_sign_in(client, make_staff())

    reset(client, lost)

    assert not second_factor_of(lost).is_on
    assert other.get("/account/").status_code == 302
    assert kinds() == ["two_factor_disabled", "sessions_ended"]


def test_reset__is_no_action_of_a_clerk(client: Client) -> None:
    from django.contrib.auth.models import Permission

    clerk, owner = make_person(is_staff=True), make_staff()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_person", "view_person"]))
    staff_sign_in(client, clerk)
    make_second_factor(owner)

    reset(client, owner)

    assert second_factor_of(owner).is_on


def test_secrets__have_no_page_in_the_admin() -> None:
    assert not [model for model in admin.site._registry if model._meta.app_label in {"otp_totp", "otp_static", "axes"}]
