"""Invitations: memberships by e-mail."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from ontology.errors import AlreadyMember, FieldRefused
from ontology.models import Event, Group, Membership, Person
from ontology.services.actor import Actor
from ontology.services.invitations import Invitation, invitation_send_again, member_invite
from tests.factories import PASSWORD, make_group, make_membership, make_person, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
BASE = "http://testserver/"


@pytest.fixture
def invite(django_capture_on_commit_callbacks: Any) -> Any:
    def act(group: Group, email: str, role: str = "group_user") -> Invitation:
        with django_capture_on_commit_callbacks(execute=True):
            return member_invite(group, email, role, actor=Actor(), link_base=BASE)

    return act


def link_of(letter: Any) -> str:
    (link,) = re.findall(r"http://testserver(/\S+)", str(letter.body))
    return link


def kinds(group: Group) -> list[str]:
    return [event.type for event in Event.objects.in_group(group).order_by("id")]


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}, {"platform_role": "platform_owner"}])
def test_invite__never_lets_an_account_with_rights_on_the_platform_choose_a_password(invite: Any, rights: dict[str, Any]) -> None:
    person = make_person(**rights)
    person.set_password(None)
    person.save()

    invite(make_group(), person.email)

    assert "/account/invitation/" not in str(mail.outbox[0].body)


def test_invite__unknown_address_gets_an_account_and_a_link(client: Client, invite: Any) -> None:
    group = make_group(name="North")

    invitation = invite(group, " New@example.org ", "customer")

    person = Person.objects.get(email="New@example.org")
    (letter,) = mail.outbox
    assert invitation.is_new_person
    assert (invitation.membership.person, invitation.membership.role, invitation.problem) == (person, "customer", "")
    assert not person.has_usable_password()
    assert (letter.to, letter.subject) == (["New@example.org"], "You are a member of North")
    assert link_of(letter).startswith("/account/invitation/")
    assert kinds(group) == ["user_joined_group", "user_invited_to_group"]
    assert kinds(Group.objects.platform()) == ["user_registered"]
    assert client.get(link_of(letter)).status_code == 200


def test_invite__known_address_becomes_a_member_at_once(invite: Any) -> None:
    group, person = make_group(), make_person(email="ada@example.org")
    person.set_password(PASSWORD)
    person.save()

    invitation = invite(group, "ADA@example.org")

    assert not invitation.is_new_person
    assert Membership.objects.get().person == person
    assert link_of(mail.outbox[0]) == "/account/"


def test_invite__refuses_and_writes_nothing(invite: Any) -> None:
    group, person = make_group(), make_person()
    make_membership(group, person)

    with pytest.raises(AlreadyMember):
        invite(group, person.email)
    with pytest.raises(FieldRefused):
        invite(group, "no address")
    with pytest.raises(FieldRefused):
        invite(group, "new@example.org", "emperor")

    assert (Person.objects.count(), Membership.objects.count(), Event.objects.count(), len(mail.outbox)) == (1, 1, 0, 0)


def test_accept__name_and_password_once(client: Client, invite: Any) -> None:
    group = make_group()
    invite(group, "new@example.org")
    link = link_of(mail.outbox[0])

    weak = client.post(link, {"display_name": "New", "password1": "short", "password2": "short"})
    done = client.post(link, {"display_name": "New", "password1": PASSWORD, "password2": PASSWORD})
    page = client.get("/account/")
    again = Client().get(link)

    person = Person.objects.get()
    assert "password2" in weak.context["form"].errors
    assert done["Location"] == "/account/"
    assert group.name in page.content.decode()
    assert (person.display_name, person.check_password(PASSWORD)) == ("New", True)
    assert again.status_code == 410


def test_accept__not_after_seven_days(client: Client, invite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from ontology.services.links import INVITATION

    invite(make_group(), "new@example.org")
    link, moment = link_of(mail.outbox[0]), INVITATION._now()  # type: ignore[attr-defined]

    monkeypatch.setattr(INVITATION, "_now", lambda: moment + timedelta(days=6, hours=23))
    young = client.get(link).status_code
    monkeypatch.setattr(INVITATION, "_now", lambda: moment + timedelta(days=7, seconds=5))

    assert (young, client.get(link).status_code) == (200, 410)


def test_accept__not_by_a_link_for_a_forgotten_password(client: Client, invite: Any) -> None:
    invite(make_group(), "new@example.org")

    forged = link_of(mail.outbox[0]).replace("/account/invitation/", "/account/password/set/")

    assert client.get(forged).status_code == 410


def test_accept__not_when_switched_off(client: Client, invite: Any) -> None:
    invite(make_group(), "new@example.org")
    Person.objects.update(is_active=False)

    assert client.get(link_of(mail.outbox[0])).status_code == 410


def broken_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, messages: object) -> int:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)


def test_send__failure_is_told_and_the_membership_stays(invite: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    broken_mail(monkeypatch)

    invitation = invite(make_group(), "new@example.org")

    assert invitation.problem.startswith("The e-mail to new@example.org could not be sent (ConnectionRefusedError).")
    assert Membership.objects.count() == 1
    assert "invitation/" not in caplog.text


def test_send_again__with_a_new_link_and_an_event(invite: Any, django_capture_on_commit_callbacks: Any) -> None:
    group = make_group()
    membership = invite(group, "new@example.org").membership

    with django_capture_on_commit_callbacks(execute=True):
        invitation_send_again(membership, actor=Actor(), link_base=BASE)

    assert [link_of(letter)[:20] for letter in mail.outbox] == ["/account/invitation/"] * 2
    assert kinds(group) == ["user_joined_group", "user_invited_to_group", "user_invited_to_group"]


def test_admin__invites_from_the_group_page(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    staff_sign_in(client, make_staff())
    group = make_group()
    link = client.get(reverse("admin:ontology_group_change", args=[group.pk])).context["page"].tables[0].more_url

    shown = client.get(link)
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(link, {"group": group.pk, "email": "new@example.org", "role": "group_user"})
    refused = client.post(link, {"group": group.pk, "email": "new@example.org", "role": "group_user"})

    assert shown.context["form"].initial["group"] == group.pk
    assert done["Location"] == reverse("admin:ontology_group_change", args=[group.pk])
    assert "is a member of" in refused.context["form"].errors["email"][0]
    assert len(mail.outbox) == 1


def test_admin__sends_again(client: Client, invite: Any, django_capture_on_commit_callbacks: Any) -> None:
    staff_sign_in(client, make_staff())
    membership = invite(make_group(), "new@example.org").membership

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:ontology_membership_changelist"), {"action": "send_again", "_selected_action": [membership.pk]})

    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_admin__tells_who_invited_that_the_mail_failed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    staff_sign_in(client, make_staff())
    group = make_group()
    broken_mail(monkeypatch)

    page = client.post(
        reverse("admin:ontology_membership_invite"), {"group": group.pk, "email": "new@example.org", "role": "group_user"}, follow=True
    ).content.decode()

    assert "could not be sent" in page
    assert "send the invitation again" in page
    assert Membership.objects.count() == 1
