"""Acts that destroy wait for the password when it was last given too long ago; then the very same act goes on."""

from html.parser import HTMLParser
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group as Role
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from ontology.models import ApiToken, Event, Group, Membership, Person, Thing
from tests.factories import PASSWORD, make_group, make_membership, make_person, make_second_factor, make_staff, make_thing, make_token, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def staff(client: Client) -> Person:
    person = make_staff()
    staff_sign_in(client, person, minutes_ago=11)
    return person


class Hidden(HTMLParser):
    """The hidden fields of a page's form, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields.setdefault(given["name"], []).append(given.get("value") or "")


def confirmed(client: Client, asked: Any, password: str = PASSWORD) -> Any:
    """Answers the question of the page ASKED."""
    assert asked.status_code == 403
    assert "Confirm that it is you" in asked.content.decode()
    return client.post(asked.request["PATH_INFO"], {**Hidden(asked.content.decode()).fields, "confirming_password": password})


def act(client: Client, model: type[Model], action: str, *rows: Model) -> Any:
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return client.post(page, {"action": action, "_selected_action": [str(row.pk) for row in rows]})


def test_deleting_things__asks_and_goes_on_with_all_of_them(client: Client) -> None:
    group = make_group()
    things = [make_thing(group), make_thing(group)]

    asked = act(client, Thing, "delete_softly", *things)
    before = Thing.objects.live().count()
    done = confirmed(client, asked)

    assert before == 2
    assert done.status_code == 302
    assert Thing.objects.live().count() == 0


def test_removing_a_member__asks(client: Client) -> None:
    membership = make_membership(make_group())

    confirmed(client, act(client, Membership, "remove", membership))

    assert not Membership.objects.exists()


def test_revoking_a_token__asks(client: Client) -> None:
    asked = act(client, ApiToken, "revoke", make_token())
    kept = ApiToken.objects.get().is_usable

    confirmed(client, asked)

    assert (kept, ApiToken.objects.get().is_usable) == (True, False)


def test_switching_a_person_off__asks(client: Client) -> None:
    person = make_person()

    confirmed(client, act(client, Person, "deactivate", person))

    assert not Person.objects.get(pk=person.pk).is_active


def test_resetting_a_second_factor__asks(client: Client) -> None:
    device = make_second_factor(make_staff())

    asked = act(client, Person, "second_factor_reset", device.user)
    device.refresh_from_db()
    confirmed(client, asked)

    assert not type(device).objects.filter(pk=device.pk).exists()


def test_archiving_a_group__asks_and_loses_no_input(client: Client) -> None:
    group = make_group(slug="north")
    given = {"name": "New “name” <b>", "slug": "north", "type": "business", "parent": "", "description": "a\nb", "visibility": "private"}
    given |= {"join_policy": "invite_only", "status": "archived", "metadata": '{"a": "\\"&"}'}

    asked = client.post(reverse("admin:ontology_group_change", args=[group.pk]), given)
    untouched = Group.objects.get(pk=group.pk).name == group.name and not Event.objects.exists()
    done = confirmed(client, asked)

    group.refresh_from_db()
    assert untouched
    assert done.status_code == 302
    assert (group.name, group.status, group.description, group.metadata) == ("New “name” <b>", "archived", "a\nb", {"a": '"&'})


def test_changing_a_group_otherwise__asks_nothing(client: Client) -> None:
    group = make_group(slug="north")
    given = {"name": "North", "slug": "north", "type": "business", "parent": "", "description": "", "visibility": "private"}

    response = client.post(
        reverse("admin:ontology_group_change", args=[group.pk]), {**given, "join_policy": "invite_only", "status": "active", "metadata": "{}"}
    )

    assert response.status_code == 302


def test_changing_rights__asks(client: Client) -> None:
    person, role = make_person(), Role.objects.create(name="Readers")
    page = reverse("admin:ontology_person_change", args=[person.pk])
    given = {"email": person.email, "username": person.username, "display_name": "", "bio": "", "avatar": "", "platform_role": "", "is_active": "on"}

    asked = client.post(page, {**given, "is_staff": "on", "groups": [role.pk]})
    before = Person.objects.get(pk=person.pk).is_staff
    confirmed(client, asked)

    assert (before, Person.objects.get(pk=person.pk).is_staff) == (False, True)
    assert list(person.groups.all()) == [role]


def test_changing_a_role__asks(client: Client) -> None:
    asked = client.post(reverse("admin:auth_group_add"), {"name": "Readers", "permissions": []})
    before = Role.objects.count()

    confirmed(client, asked)

    assert (before, Role.objects.count()) == (0, 1)


def test_setting_somebodys_password__asks(client: Client) -> None:
    person = make_person()
    given = {"password1": "a much longer horse", "password2": "a much longer horse", "usable_password": "true", "set-password": "1"}

    asked = client.post(reverse("admin:auth_user_password_change", args=[person.pk]), given)
    confirmed(client, asked)

    assert Person.objects.get(pk=person.pk).check_password("a much longer horse")


@pytest.mark.parametrize("spelling", [str, lambda pk: pk.hex, lambda pk: str(pk).upper()])
def test_setting_ones_own_password__is_for_the_page_that_asks_for_the_present_one(client: Client, staff: Person, spelling: Any) -> None:
    given = {"password1": "a much longer horse", "password2": "a much longer horse", "usable_password": "true", "set-password": "1"}

    response = client.post(reverse("admin:auth_user_password_change", args=[spelling(staff.pk)]), given)

    assert (response.status_code, response["Location"]) == (302, reverse("account:password_change"))
    assert Person.objects.get(pk=staff.pk).check_password(PASSWORD)


@pytest.mark.parametrize(("changes", "status"), [({"role": "group_owner"}, 403), ({"permissions": '["manage"]'}, 403), ({}, 302)])
def test_changing_what_a_member_may_do__asks(client: Client, changes: dict[str, str], status: int) -> None:
    membership = make_membership(make_group())
    page = reverse("admin:ontology_membership_change", args=[membership.pk])

    asked = client.post(page, {"role": "group_user", "creator": "", "permissions": "[]", **changes})
    untouched = Membership.objects.get(role="group_user", permissions=[]) == membership
    done = confirmed(client, asked) if status == 403 else asked

    assert (asked.status_code, untouched, done.status_code) == (status, True, 302)
    assert Membership.objects.filter(role="group_user", permissions=[]).exists() == (not changes)


def test_making_a_token_for_somebody__asks(client: Client) -> None:
    given = {"person": make_person().pk, "name": "script", "scopes": ["read", "write"], "group": "", "days": "30"}

    asked = client.post(reverse("admin:ontology_apitoken_add"), given)
    before = ApiToken.objects.count()
    made = confirmed(client, asked)

    assert (before, made.status_code) == (0, 200)
    assert ApiToken.objects.get().scopes == ["read", "write"]


def test_making_a_token_for_oneself__asks_on_the_page_of_the_account(client: Client, staff: Person) -> None:
    page, given = reverse("account:token_new"), {"name": "script", "scopes": ["read", "write"], "group": "", "days": "30"}

    asked = client.post(page, given)
    wrong = confirmed(client, asked, "wrong")
    before, counted = ApiToken.objects.count(), AccessAttempt.objects.get().failures_since_start
    made = confirmed(client, wrong)

    assert (before, counted, made.status_code) == (0, 1, 200)
    assert "no-store" in made["Cache-Control"]
    assert (ApiToken.objects.get().person, ApiToken.objects.get().scopes) == (staff, ["read", "write"])


def test_wrong_password__does_nothing_asks_again_and_counts(client: Client) -> None:
    membership = make_membership(make_group())

    asked = act(client, Membership, "remove", membership)
    again = confirmed(client, asked, "wrong")
    counted = AccessAttempt.objects.get().failures_since_start
    done = confirmed(client, again)

    assert "This is not your password." in again.content.decode()
    assert counted == 1
    assert done.status_code == 302
    assert not Membership.objects.exists()


def test_wrong_passwords__are_blocked_at_five(client: Client, staff: Person) -> None:
    membership = make_membership(make_group())
    given = {"action": "remove", "_selected_action": [membership.pk]}

    answers = [client.post(reverse("admin:ontology_membership_changelist"), {**given, "confirming_password": "wrong"}).status_code for _ in range(5)]
    right = client.post(reverse("admin:ontology_membership_changelist"), {**given, "confirming_password": PASSWORD})

    assert answers == [403, 403, 403, 403, 429]
    assert right.status_code == 429
    assert Membership.objects.exists()


def test_confirmation__lasts_for_ten_minutes(client: Client) -> None:
    confirmed(client, act(client, Membership, "remove", make_membership(make_group())))
    soon = act(client, Membership, "remove", make_membership(make_group()))
    session = client.session
    session["confirmed_at"] -= 601
    session.save()
    later = act(client, Membership, "remove", make_membership(make_group()))

    assert (soon.status_code, later.status_code) == (302, 403)


def test_question__keeps_no_password_in_its_hidden_fields(client: Client) -> None:
    again = act(client, Membership, "remove", make_membership(make_group()))
    wrong = confirmed(client, again, "a wrong secret")

    assert "a wrong secret" not in wrong.content.decode()
