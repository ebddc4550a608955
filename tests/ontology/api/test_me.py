"""me/, me/tokens/ and catalogue/ through real requests."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from ontology.models import ApiToken, Group, Membership, Person
from tests.factories import make_group, make_membership, make_person
from tests.ontology.api.client import Api, at, codes


def test_me__tells_memberships_and_rights(api: Api, group: Group, owner: Person) -> None:
    make_membership(make_group(slug="aaa"), owner, role="customer", permissions=["history"])

    told = api.get("me/").json()
    narrow = Api(owner, scopes=["read"]).get("me/").json()

    assert told["email"] == owner.email
    assert [(it["group"], it["rights"]) for it in told["memberships"]] == [
        ("aaa", ["history", "read"]),
        (group.slug, ["history", "manage", "read", "write"]),
    ]
    assert [it["rights"] for it in narrow["memberships"]] == [["history", "read"]] * 2


def test_tokens__are_made_shown_once_listed_and_revoked(api: Api, group: Group, owner: Person) -> None:
    made = api.post("me/tokens/", {"name": "importer", "scopes": ["read"], "group": group.slug, "expiresAt": "2027-01-01T00:00:00Z"})
    told = made.json()
    other = Api(token=told["token"])

    listed = api.get("me/tokens/").json()["items"]
    used = other.get(at(group, "things/")).status_code
    gone = api.delete(made["Location"])

    assert made.status_code == 201, made.content
    assert (told["scopes"], told["group"], told["expiresAt"]) == (["read"], group.slug, "2027-01-01T00:00:00Z")
    assert made["Cache-Control"] == "no-store"
    assert told["token"].startswith(told["prefix"])
    assert told["id"] in [item["id"] for item in listed]
    assert all("token" not in item for item in listed)
    assert (used, gone.status_code, other.get(at(group, "things/")).status_code) == (200, 204, 401)
    assert api.get(made["Location"]).json()["revokedAt"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"scopes": ["read"]}, [("name", "field_refused")]),
        ({"name": "x", "scopes": ["fly"]}, [("scopes", "field_refused")]),
        ({"name": "x", "scopes": "read"}, [("scopes", "field_refused")]),
        ({"name": "x", "scopes": ["read"], "expiresAt": "soon"}, [("expiresAt", "field_refused")]),
        ({"name": "x", "scopes": ["read"], "expires_at": None}, [("expires_at", "unknown_field")]),
        ({"name": "x", "scopes": ["read"], "group": "no-such"}, [("group", "field_refused")]),
    ],
)
def test_tokens_make__refuses(owner: Person, body: Any, told: Any) -> None:
    api = Api(owner, scopes=["read", "write", "admin"])

    response = api.post("me/tokens/", body)

    expected = 403 if body.get("scopes") == ["fly"] else 422
    assert response.status_code == expected, response.content
    if expected == 422:
        assert codes(response) == told


def test_tokens_make__never_widens_the_present_token(owner: Person, group: Group) -> None:
    child = make_group(parent=group)
    narrow = Api(owner, scopes=["admin"], group=child)

    wider, inside, outside = (
        narrow.post("me/tokens/", body)
        for body in (
            {"name": "x", "scopes": ["admin", "write"]},
            {"name": "x", "scopes": ["admin"]},
            {"name": "x", "scopes": ["admin"], "group": group.slug},
        )
    )

    assert (wider.status_code, outside.status_code) == (403, 422)
    assert (inside.status_code, inside.json()["group"]) == (201, child.slug)


def test_tokens__of_another_person_are_none(api: Api) -> None:
    Api(make_person())
    foreign = ApiToken.objects.exclude(prefix=(api.token or "")[:8]).get()

    assert api.get(f"me/tokens/{foreign.pk}/").status_code == 404
    assert api.delete(f"me/tokens/{foreign.pk}/").status_code == 404


def test_tokens__of_a_bound_token_are_those_of_its_groups(owner: Person, group: Group) -> None:
    child = make_group(parent=group)
    free, above, inside = (Api(owner, name=name, group=place) for name, place in (("free", None), ("above", group), ("inside", child)))
    outside = [ApiToken.objects.get(name=name) for name in ("free", "above")]

    listed = {item["name"] for item in inside.get("me/tokens/").json()["items"]}
    answers = [call(f"me/tokens/{token.pk}/").status_code for token in outside for call in (inside.get, inside.delete)]

    assert listed == {"inside"}
    assert answers == [404] * 4
    assert {item["name"] for item in above.get("me/tokens/").json()["items"]} == {"above", "inside"}
    assert {item["name"] for item in free.get("me/tokens/").json()["items"]} == {"free", "above", "inside"}


def test_tokens_make__none_outlives_its_maker(owner: Person) -> None:
    end = timezone.now().replace(microsecond=0) + timedelta(days=2)
    short = Api(owner, expires_at=end)
    body = {"name": "x", "scopes": ["read"]}

    plain, sooner, later = (
        short.post("me/tokens/", body | more)
        for more in ({}, {"expiresAt": (end - timedelta(days=1)).isoformat()}, {"expiresAt": (end + timedelta(seconds=1)).isoformat()})
    )

    assert datetime.fromisoformat(plain.json()["expiresAt"]) == end
    assert sooner.status_code == 201, sooner.content
    assert (later.status_code, codes(later)) == (422, [("expiresAt", "field_refused")])


def test_tokens_make__of_a_bound_token_whose_person_left_the_group(owner: Person, group: Group) -> None:
    bound = Api(owner, group=group)
    Membership.objects.filter(person=owner).delete()

    refused = bound.post("me/tokens/", {"name": "x", "scopes": ["read"]})

    assert (refused.status_code, codes(refused)) == (422, [("group", "field_refused")])


def test_catalogue__is_whole_and_versioned(api: Api) -> None:
    whole = api.get("catalogue/")
    again = api.get("catalogue/", If_None_Match=whole["ETag"])
    one = api.get("catalogue/things/product/")

    told = whole.json()
    assert {kind: len(told[kind]) > 10 for kind in ("things", "connections", "events")} == {"things": True, "connections": True, "events": True}
    assert again.status_code == 304
    assert one.json() in told["things"]
    assert one.json()["schema"]["required"] == ["price", "currency"]
    assert api.get("catalogue/connections/purchased/").json()["toTypes"] is not None
    assert "revenueKey" in api.get("catalogue/events/content_event/").json()
    assert api.get("catalogue/things/no_such/").status_code == 404
