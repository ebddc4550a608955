"""groups/, groups/{slug}/ and what lies below: children, settings, members."""

from typing import Any

import pytest

from ontology.models import Event, Group, Membership, Person
from tests.factories import make_group, make_membership, make_person, make_thing
from tests.ontology.api.client import Api, at, codes


@pytest.fixture
def platform_owner(db: None) -> Api:
    return Api(make_person(platform_role="platform_owner"))


def slugs(response: Any) -> set[str]:
    return {item["slug"] for item in response.json()["items"]}


def test_groups_list__gives_what_is_within_reach(api: Api, group: Group, platform_owner: Api) -> None:
    child, other = make_group(parent=group), make_group()

    mine, all_of_them = api.get("groups/"), platform_owner.get("groups/?limit=100")

    assert slugs(mine) == {group.slug, child.slug}
    assert {group.slug, child.slug, other.slug, "platform"} <= slugs(all_of_them)


def test_groups_list__of_a_bound_token_holds_its_group_alone(group: Group, owner: Person) -> None:
    child = make_group(parent=group)

    assert slugs(Api(owner, group=child).get("groups/")) == {child.slug}


def test_groups_create__below_a_managed_group(api: Api, group: Group) -> None:
    response = api.post("groups/", {"slug": "a-shop", "name": "A shop", "parent": group.slug, "joinPolicy": "open", "metadata": {"a_b": 1}})

    made = Group.objects.get(slug="a-shop")
    assert response.status_code == 201, response.content
    assert response["Location"] == "/api/v1/groups/a-shop/"
    assert (response.json()["parent"], response.json()["joinPolicy"], response.json()["metadata"]) == (group.slug, "open", {"a_b": 1})
    assert made.parent == group
    assert Event.objects.get(group=group).type == "group_created"
    assert api.get("groups/a-shop/things/").status_code == 200


def test_groups_create__root_groups_are_for_platform_owners(api: Api, platform_owner: Api) -> None:
    refused, made = api.post("groups/", {"slug": "root", "name": "Root"}), platform_owner.post("groups/", {"slug": "root", "name": "Root"})

    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")
    assert made.status_code == 201, made.content


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"slug": "x"}, 422, [("name", "missing")]),
        ({"slug": "Not A Slug", "name": "X"}, 422, [("slug", "field_refused")]),
        ({"slug": "x", "name": "X", "join_policy": "open"}, 422, [("join_policy", "unknown_field")]),
        ({"slug": "x", "name": "X", "joinPolicy": "never"}, 422, [("joinPolicy", "unknown_join_policy")]),
        ({"slug": "x", "name": "X", "parent": "no-such-group"}, 422, [("parent", "not_found")]),
    ],
)
def test_groups_create__refuses(platform_owner: Api, body: Any, status: int, told: Any) -> None:
    response = platform_owner.post("groups/", body)

    assert (response.status_code, codes(response)) == (status, told)


def test_groups_create__refuses_a_taken_slug(platform_owner: Api, group: Group) -> None:
    response = platform_owner.post("groups/", {"slug": group.slug, "name": "X"})

    assert (response.status_code, response.json()["code"]) == (409, "slug_taken")


def test_groups_create__a_parent_out_of_reach_is_unknown(api: Api) -> None:
    other = make_group()

    foreign, missing = (api.post("groups/", {"slug": "x", "name": "X", "parent": slug}) for slug in (other.slug, "nope"))

    assert foreign.status_code == missing.status_code == 422
    assert foreign.json()["detail"].replace(other.slug, "nope") == missing.json()["detail"]


def test_groups_update__by_tag(api: Api, group: Group) -> None:
    place = at(group, "")
    tag = api.get(place)["ETag"]

    done, stale = api.patch(place, {"name": "New"}, If_Match=tag), api.patch(place, {"name": "Newer"}, If_Match=tag)

    assert (done.status_code, done.json()["name"]) == (200, "New")
    assert done["ETag"] != tag
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert api.delete(place, If_Match=tag).status_code == 412
    assert api.get(place, If_None_Match=done["ETag"]).status_code == 304


def test_groups_archive__takes_no_writes_any_more(api: Api, group: Group) -> None:
    gone = api.delete(at(group, ""))
    write, read = api.post(at(group, "things/"), {"type": "note", "name": "x"}), api.get(at(group, "things/"))
    back = api.patch(at(group, "settings/"), {"status": "active"})

    assert (gone.status_code, gone.content) == (204, b"")
    assert (write.status_code, write.json()["code"]) == (409, "group_archived")
    assert read.status_code == 200
    assert (back.status_code, back.json()["status"]) == (200, "active")


def test_groups_archive__stops_writes_below(api: Api, group: Group) -> None:
    below = make_group(parent=make_group(parent=group))
    bound = Api(make_membership(below, role="group_owner").person, group=below)
    api.delete(at(group, ""))

    answers = [caller.post(at(below, "things/"), {"type": "note", "name": "x"}) for caller in (api, bound)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "group_archived")] * 2
    assert api.get(at(below, "things/")).status_code == 200


def test_groups_children__are_those_right_below(api: Api, group: Group) -> None:
    child = make_group(parent=group)
    make_group(parent=child)

    assert slugs(api.get(at(group, "children/"))) == {child.slug}


def test_settings__are_read_and_changed(api: Api, group: Group) -> None:
    changed = api.patch(at(group, "settings/"), {"visibility": "public", "metadata": {"some_key": {"other_key": 1}}})
    refused = api.patch(at(group, "settings/"), {"name": "X"})

    assert changed.json() == {"visibility": "public", "joinPolicy": "invite_only", "status": "active", "metadata": {"some_key": {"other_key": 1}}}
    assert api.get(at(group, "settings/")).json() == changed.json()
    assert codes(refused) == [("name", "unknown_field")]


def test_members__are_added_changed_and_removed(api: Api, group: Group) -> None:
    person, creator = make_person(email="Ada@example.org"), make_thing(group, type="creator", external_id="ada")

    added = api.post(at(group, "members/"), {"email": "ada@Example.org", "role": "customer"})
    again = api.post(at(group, "members/"), {"email": "ada@example.org"})
    place = at(group, f"members/{person.pk}/")
    changed = api.patch(place, {"role": "group_user", "permissions": ["manage"], "creator": "ada"})
    gone = api.delete(place)

    assert (added.status_code, added.json()["email"], added.json()["role"]) == (201, "Ada@example.org", "customer")
    assert added["Location"] == f"/api/v1/{place}"
    assert (again.status_code, again.json()["code"]) == (409, "already_member")
    assert (changed.json()["role"], changed.json()["permissions"], changed.json()["creator"]) == ("group_user", ["manage"], str(creator.pk))
    assert gone.status_code == 204
    assert not Membership.objects.filter(person=person).exists()
    assert api.get(place).status_code == 404


def test_members_add__invites_who_has_no_account(api: Api, group: Group) -> None:
    response = api.post(at(group, "members/"), {"email": "new@example.org"})

    assert response.status_code == 201, response.content
    assert Person.objects.get(email="new@example.org").memberships.get().group == group


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"role": "king"}, [("role", "field_refused")]),
        ({"permissions": ["fly"]}, [("permissions", "field_refused")]),
        ({"creator": "no-such"}, [("creator", "field_refused")]),
        ({"group": "other"}, [("group", "unknown_field")]),
    ],
)
def test_members_update__refuses(api: Api, group: Group, body: Any, told: Any) -> None:
    member = make_membership(group)

    response = api.patch(at(group, f"members/{member.person_id}/"), body)

    assert (response.status_code, codes(response)) == (422, told)


def test_members__of_a_person_elsewhere_are_none(api: Api, group: Group) -> None:
    elsewhere = make_membership(make_group())

    assert api.get(at(group, f"members/{elsewhere.person_id}/")).status_code == 404
    assert api.delete(at(group, f"members/{elsewhere.person_id}/")).status_code == 404
