"""Staff who see some groups only take nobody's account over, and give themselves no more than they have."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from ontology.models import Group, Membership, Person
from tests.factories import PASSWORD, make_group, make_membership, make_person, staff_sign_in
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
REFUSED = "also belongs to groups that you do not see"


@pytest.fixture
def mine() -> Group:
    return make_group(name="Mine")


def make_clerk(group: Group, *rights: str, role: str = "group_owner") -> Person:
    """Somebody of the staff with every right on rows but that to see every group, and with RIGHTS; a member of GROUP alone."""
    clerk = make_person(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="ontology").exclude(codename="see_every_group"))
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    make_membership(group, clerk, role=role)
    return clerk


def make_member(*groups: Group) -> Person:
    person = make_person(display_name="Ada")
    person.set_password(PASSWORD)
    person.save()
    for group in groups:
        make_membership(group, person)
    return person


def fields(person: Person, **changes: Any) -> dict[str, Any]:
    kept = {"email": person.email, "username": person.username, "display_name": "Ada", "bio": "", "avatar": "", "is_active": "on"}
    return {name: value for name, value in {**kept, **changes}.items() if value}


def password(client: Client, person: Person) -> Any:
    given = {"password1": "a much longer horse", "password2": "a much longer horse", "usable_password": "true", "set-password": "1"}
    return client.post(reverse("admin:auth_user_password_change", args=[person.pk]), given)


def change(client: Client, person: Person, **changes: Any) -> Any:
    return client.post(reverse("admin:ontology_person_change", args=[person.pk]), fields(person, **changes))


def act(client: Client, person: Person, action: str) -> Any:
    return client.post(reverse("admin:ontology_person_changelist"), {"action": action, "_selected_action": [person.pk]}, follow=True)


ACTS: dict[str, Callable[[Client, Person], Any]] = {
    "password": password,
    "address": lambda client, person: change(client, person, email="thief@example.org"),
    "state": lambda client, person: change(client, person, is_active=""),
    "deactivate": lambda client, person: act(client, person, "deactivate"),
    "sessions": lambda client, person: act(client, person, "sessions_end"),
}


def account(person: Person) -> tuple[Any, ...]:
    row = Person.objects.get(pk=person.pk)
    return row.email, row.password, row.is_active, row.session_salt


@pytest.mark.parametrize("name", ACTS)
def test_account_of_further_groups__stays_as_it_is_and_says_why(client: Client, mine: Group, name: str) -> None:
    person = make_member(mine, make_group())
    staff_sign_in(client, make_clerk(mine))
    before = account(person)

    with as_role():
        response = ACTS[name](client, person)

    assert response.status_code == 200
    assert REFUSED in response.content.decode()
    assert account(person) == before


@pytest.mark.parametrize("name", ACTS)
def test_account_of_own_groups__is_changed(client: Client, mine: Group, name: str) -> None:
    person = make_member(mine, make_group(parent=mine))
    staff_sign_in(client, make_clerk(mine))
    before = account(person)

    with as_role():
        ACTS[name](client, person)

    assert account(person) != before


def test_account_of_further_groups__is_changed_by_who_sees_every_group(client: Client, mine: Group) -> None:
    person = make_member(mine, make_group())
    staff_sign_in(client, make_clerk(mine, "see_every_group"))

    with as_role():
        password(client, person)

    assert Person.objects.get(pk=person.pk).check_password("a much longer horse")


def test_name_of_a_person_of_further_groups__may_be_changed(client: Client, mine: Group) -> None:
    person = make_member(mine, make_group())
    staff_sign_in(client, make_clerk(mine))

    with as_role():
        change(client, person, display_name="Ada L.")

    assert Person.objects.get(pk=person.pk).display_name == "Ada L."


def place(client: Client, membership: Membership, **changes: Any) -> Any:
    """Changes a membership on its page."""
    page = reverse("admin:ontology_membership_change", args=[membership.pk])
    return client.post(page, {"role": membership.role, "creator": "", "permissions": "[]", **changes})


def add(client: Client, group: Group, person: Person) -> Any:
    given = {"group": group.pk, "person": person.pk, "role": "group_owner", "creator": "", "permissions": "[]"}
    return client.post(reverse("admin:ontology_membership_add"), given)


@pytest.mark.parametrize("changes", [{"role": "group_owner"}, {"permissions": '["manage"]'}])
def test_place__nobody_changes_their_own(client: Client, mine: Group, changes: dict[str, str]) -> None:
    clerk = make_clerk(mine, role="group_user")
    make_membership(make_group(parent=mine), clerk, role="group_owner")
    own = Membership.objects.get(group=mine, person=clerk)
    staff_sign_in(client, clerk)

    with as_role():
        response = place(client, own, **changes)

    own.refresh_from_db()
    assert "for themselves" in response.content.decode()
    assert (own.role, own.permissions) == ("group_user", [])


@pytest.mark.parametrize(("role", "status", "given"), [("group_owner", 302, "group_owner"), ("group_user", 200, "group_user")])
def test_place__is_changed_by_who_manages_the_group_alone(client: Client, mine: Group, role: str, status: int, given: str) -> None:
    staff_sign_in(client, make_clerk(mine, role=role))
    membership = make_membership(mine)

    with as_role():
        response = place(client, membership, role="group_owner")

    membership.refresh_from_db()
    assert (response.status_code, membership.role) == (status, given)


def test_place__is_not_changed_by_seeing_every_group(client: Client, mine: Group) -> None:
    staff_sign_in(client, make_clerk(mine, "see_every_group"))
    membership = make_membership(make_group(name="South"))

    with as_role():
        response = place(client, membership, role="group_owner")

    membership.refresh_from_db()
    assert "Only who manages South" in response.content.decode()
    assert membership.role == "group_user"


def test_place__is_given_by_who_manages_the_group_alone(client: Client, mine: Group) -> None:
    below, other, person = make_group(parent=mine), make_group(), make_member(mine)
    clerk = make_clerk(mine, "see_every_group")
    staff_sign_in(client, clerk)

    with as_role():
        answers = [add(client, below, person), add(client, other, person), add(client, below, clerk)]
        letter = {"group": other.pk, "email": "friend@example.org", "role": "group_owner"}
        answers.append(client.post(reverse("admin:ontology_membership_invite"), letter))

    assert [answer.status_code for answer in answers] == [302, 200, 200, 200]
    assert Membership.objects.filter(group=below).count() == 1
    assert not Membership.objects.filter(group=other).exists()
