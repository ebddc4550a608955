"""The account pages, the second factor and the tokens under the role of requests, which row-level security binds."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from ontology.isolation import acting
from ontology.models import ApiToken, Event, Group, Membership, Person
from ontology.services.access import person_scope
from ontology.services.password_resets import password_reset_send
from ontology.services.tokens import token_bearer
from tests.factories import PASSWORD, code_of, make_group, make_membership, make_person, make_staff, make_token, staff_sign_in
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def rows() -> dict[str, str]:
    """A member with two groups' worth of rows around, made before the role is taken."""
    person, mine, theirs = make_person(email="grace@example.org"), make_group(name="North"), make_group(name="South")
    person.set_password(PASSWORD)
    person.save()
    make_membership(mine, person)
    make_token(person=make_person(), group=theirs, name="theirs")
    make_token(person=person, name="mine")
    return {"mine": str(mine.pk), "theirs": str(theirs.pk)}


@pytest.fixture
def bound(rows: dict[str, str]) -> Iterator[None]:
    with as_role():
        yield


def seen_events() -> set[str]:
    """Types of all events, whoever may see them."""
    return set(Event.objects.values_list("type", flat=True))


def test_account__of_a_member(client: Client, rows: dict[str, str]) -> None:
    with as_role():
        client.post("/account/sign-in/", {"username": "grace@example.org", "password": PASSWORD})
        page = client.get("/account/").content.decode()
        saved = client.post("/account/", {"display_name": "Grace", "bio": "", "avatar": ""})
        made = client.post("/account/tokens/new/", {"name": "script", "scopes": ["read"], "group": rows["mine"], "days": "30"})
        foreign = client.post("/account/tokens/new/", {"name": "script", "scopes": ["read"], "group": rows["theirs"], "days": "30"})
        (text,) = set(re.findall(r"sxt_\w{46}", made.content.decode()))
        bearer = token_bearer(text)

    assert bearer is not None
    assert ("North" in page, "mine" in page, "South" in page, "theirs" in page) == (True, True, False, False)
    assert saved.status_code == 302
    assert "group" in foreign.context["form"].errors
    assert ApiToken.objects.get(pk=bearer.pk).last_used_at is not None
    assert seen_events() == {"profile_updated", "settings_updated"}


def test_account__revokes_changes_and_ends(client: Client, rows: dict[str, str]) -> None:
    person = Person.objects.get(email="grace@example.org")
    token, foreign_token = ApiToken.objects.get(name="mine"), ApiToken.objects.get(name="theirs")
    client.force_login(person)
    new = {"old_password": PASSWORD, "password1": "another long sentence", "password2": "another long sentence"}

    with as_role():
        revoked = client.post(reverse("account:token_revoke", args=[token.pk])).status_code
        foreign = client.post(reverse("account:token_revoke", args=[foreign_token.pk])).status_code
        changed = client.post("/account/password/", new).status_code
        ended = client.post("/account/sessions/end/").status_code

    assert (revoked, foreign, changed, ended) == (302, 404, 302, 302)
    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None
    assert ApiToken.objects.get(pk=foreign_token.pk).revoked_at is None


def test_password_reset__by_link(client: Client, bound: None) -> None:
    sent = password_reset_send("grace@example.org", link_base="http://testserver/")
    again = password_reset_send("grace@example.org", link_base="http://testserver/")
    (link,) = re.findall(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    done = client.post(link, {"password1": "another long sentence", "password2": "another long sentence"})

    assert (sent, again, done.status_code) == (True, False, 302)


def test_staff__enrol_invite_make_and_change(client: Client, django_capture_on_commit_callbacks: object) -> None:
    staff, group, person = make_staff(), make_group(), make_person()
    client.force_login(staff)

    with as_role():
        client.get("/admin/second-factor/enrol/")
        enrolled = client.post("/admin/second-factor/enrol/", {"code": code_of(TOTPDevice.objects.get())}).status_code
        invited = client.post(reverse("admin:ontology_membership_invite"), {"group": group.pk, "email": "new@example.org", "role": "customer"})
        made = client.post(reverse("admin:ontology_apitoken_add"), {"person": person.pk, "name": "s", "scopes": ["read"], "group": "", "days": "30"})
        page = client.get(reverse("admin:ontology_person_change", args=[staff.pk]))
        lists = client.post(reverse("admin:ontology_person_changelist"), {"action": "deactivate", "_selected_action": [person.pk]})

    assert (enrolled, invited.status_code, made.status_code, page.status_code, lists.status_code) == (200, 302, 200, 200, 302)
    assert Membership.objects.get(group=group).person.email == "new@example.org"
    assert not Person.objects.get(pk=person.pk).is_active
    assert {"two_factor_enabled", "user_registered", "user_invited_to_group", "settings_updated"} <= seen_events()


def test_staff_without_every_group__invite_to_their_own_only(client: Client) -> None:
    from django.contrib.auth.models import Permission

    clerk, mine, theirs = make_person(is_staff=True), make_group(), make_group()
    make_membership(mine, clerk, role="group_owner")
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="_membership"))
    staff_sign_in(client, clerk)
    page = reverse("admin:ontology_membership_invite")

    with as_role():
        own = client.post(page, {"group": mine.pk, "email": "a@example.org", "role": "customer"})
        foreign = client.post(page, {"group": theirs.pk, "email": "b@example.org", "role": "customer"})

    assert (own.status_code, foreign.status_code) == (302, 200)
    assert "group" in foreign.context["form"].errors
    assert set(Group.objects.filter(memberships__person__email__in=["a@example.org", "b@example.org"])) == {mine}


def test_member__sees_nothing_of_the_platforms_record(client: Client, bound: None) -> None:
    person = Person.objects.get(email="grace@example.org")
    client.force_login(person)
    client.post("/account/", {"display_name": "Grace", "bio": "", "avatar": ""})

    with acting(person_scope(person)):
        assert not Event.objects.exists()
