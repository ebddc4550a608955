"""groups/{slug}/members/: nobody gives what they lack, the last who manages stays, and nothing is told of accounts elsewhere."""

from typing import Any

import pytest

from ontology.models import Event, Group, Person
from tests.factories import make_group, make_membership, make_person
from tests.ontology.api.client import Api, at


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.fixture
def manager(group: Group, owner: Person) -> Api:
    """Somebody whose only right beside reading is to manage."""
    return Api(make_membership(group, role="customer", permissions=["manage"]).person)


@pytest.mark.parametrize("body", [{"role": "group_owner"}, {"role": "group_user"}, {"permissions": ["manage", "write"]}])
def test_members_update__gives_no_more_than_the_giver_has(manager: Api, group: Group, body: Any) -> None:
    me = manager.get("me/").json()["id"]

    refused = manager.patch(at(group, f"members/{me}/"), body)

    assert told(refused) == (403, "right_missing")
    assert manager.get("me/").json()["memberships"][0]["rights"] == ["manage", "read"]


def test_members_add__gives_no_more_than_the_giver_has(manager: Api, group: Group) -> None:
    refused = manager.post(at(group, "members/"), {"email": "new@example.org", "role": "group_owner"})
    made = manager.post(at(group, "members/"), {"email": "new@example.org", "role": "customer"})
    place = at(group, f"members/{made.json()['person']}/")

    assert told(refused) == (403, "right_missing")
    assert made.status_code == 201, made.content
    assert manager.patch(place, {"permissions": ["manage"]}).status_code == 200


def test_members__rights_of_a_narrow_token_do_not_count(group: Group, owner: Person) -> None:
    narrow = Api(owner, scopes=["admin"])

    assert narrow.post(at(group, "members/"), {"email": "new@example.org", "role": "group_owner"}).status_code == 201


def test_members__the_last_who_manages_a_root_group_stays(api: Api, group: Group, owner: Person) -> None:
    place = at(group, f"members/{owner.pk}/")

    gone, less = api.delete(place), api.patch(place, {"role": "group_user"})
    kept = api.patch(place, {"role": "group_user", "permissions": ["manage"]})
    make_membership(group, role="group_owner")

    assert (told(gone), told(less), kept.status_code) == ((409, "last_owner"), (409, "last_owner"), 200)
    assert api.delete(place).status_code == 204


def test_members__the_last_who_manages_may_leave_a_group_below_and_by_a_platform_owner(api: Api, group: Group, owner: Person) -> None:
    child = make_group(parent=group)
    below = make_membership(child, role="group_owner").person
    platform = Api(make_person(platform_role="platform_owner"))

    assert api.delete(at(child, f"members/{below.pk}/")).status_code == 204
    assert platform.delete(at(group, f"members/{owner.pk}/")).status_code == 204


def test_members_add__is_refused_in_an_archived_group_and_below(api: Api, group: Group) -> None:
    child = make_group(parent=group)
    api.delete(at(group, ""))

    answers = [api.post(at(place, "members/"), {"email": "new@example.org"}) for place in (group, child)]

    assert [told(answer) for answer in answers] == [(409, "group_archived")] * 2
    assert not Person.objects.filter(email="new@example.org").exists()


def test_members_add__tells_nothing_of_an_account_elsewhere(api: Api, group: Group) -> None:
    make_membership(make_group(), make_person(email="ada@example.org", display_name="Ada L."))
    make_membership(make_group(parent=group), make_person(email="bob@example.org", display_name="Bob"))

    names = [api.post(at(group, "members/"), {"email": f"{name}@example.org"}).json()["displayName"] for name in ("ada", "bob", "new")]
    told = [set(event.metadata) for event in Event.objects.filter(group=group, type="user_invited_to_group")]

    assert names == ["", "Bob", ""]
    assert told == [{"person", "email", "role", "by"}] * 3
