"""groups/{slug}/connections/ and a thing's relationships, activity and audit trail, through real requests."""

import pytest

from ontology.models import Connection, Group, Thing
from tests.factories import make_connection, make_event, make_group, make_thing
from tests.ontology.api.client import Api, at, codes


@pytest.fixture
def ends(group: Group) -> tuple[Thing, Thing]:
    return make_thing(group, type="creator", external_id="ada"), make_thing(group, external_id="lamp")


def test_connections_create__by_id_or_external_id(api: Api, group: Group, ends: tuple[Thing, Thing]) -> None:
    body = {"from": "ada", "to": str(ends[1].pk), "type": "purchased", "strength": 0.5, "validFrom": "2026-01-01T00:00:00+02:00"}

    response = api.post(at(group, "connections/"), body)

    assert response.status_code == 201, response.content
    told = response.json()
    assert (told["from"], told["to"], told["strength"]) == (str(ends[0].pk), str(ends[1].pk), 0.5)
    assert told["validFrom"] == "2025-12-31T22:00:00Z"
    assert api.get(response["Location"]).json() == told


def test_connections_create__refuses_things_of_other_groups_like_unknown_ones(api: Api, group: Group, ends: tuple[Thing, Thing]) -> None:
    foreign = make_thing(make_group())

    one = api.post(at(group, "connections/"), {"from": "ada", "to": str(foreign.pk), "type": "purchased"})
    other = api.post(at(group, "connections/"), {"from": "ada", "to": str(group.pk), "type": "purchased"})

    assert one.status_code == other.status_code == 422
    assert one.json()["detail"].replace(str(foreign.pk), str(group.pk)) == other.json()["detail"]


def test_connections__are_changed_deleted_and_restored(api: Api, group: Group) -> None:
    row = make_connection(group, metadata={"a_b": 1})
    place = at(group, f"connections/{row.pk}/")
    tag = api.get(place)["ETag"]

    changed = api.patch(f"{place}?merge=true", {"metadata": {"c": 2}, "validTo": "2030-01-01T00:00:00Z"}, If_Match=tag)
    stale = api.patch(place, {"strength": 1}, If_Match=tag)
    stale_delete = api.delete(place, If_Match=tag)
    gone, missing, shown = api.delete(place), api.get(place), api.get(f"{place}?deleted=any")
    back = api.post(f"{place}restore/")

    assert (changed.json()["metadata"], changed.json()["validTo"]) == ({"a_b": 1, "c": 2}, "2030-01-01T00:00:00Z")
    assert stale.status_code == stale_delete.status_code == 412
    assert (gone.status_code, missing.status_code) == (204, 404)
    assert shown.json()["deletedAt"]
    assert (back.status_code, back.json()["deletedAt"]) == (200, None)
    assert api.post(f"{place}restore/").status_code == 409


def test_connections_update__names_fields_in_the_clients_words(api: Api, group: Group) -> None:
    row = make_connection(group)

    response = api.patch(at(group, f"connections/{row.pk}/"), {"valid_from": None, "validTo": "yesterday", "from": "x"})

    assert set(codes(response)) == {("valid_from", "unknown_field"), ("validTo", "not_a_moment"), ("from", "unknown_field")}


def test_connections_bulk_insert__names_bad_items(api: Api, group: Group, ends: tuple[Thing, Thing]) -> None:
    items = [{"from": "ada", "to": "lamp", "type": "purchased"}, {"from": "ada", "to": "nope", "type": "purchased"}]

    first, again = api.post(at(group, "connections/bulk/"), items), api.post(at(group, "connections/bulk/?onConflict=skip"), items[:1])

    assert (first.status_code, codes(first)) == (200, [("to", "not_found")])
    assert Connection.objects.count() == 1
    assert (again.status_code, again.json()["skipped"]) == (200, 1)


def test_connections_list__filters_by_ends(api: Api, group: Group) -> None:
    row, _ = make_connection(group), make_connection(group)

    for query in (f"from={row.from_thing_id}", f"to={row.to_thing_id}", f"thing={row.from_thing_id}&type=purchased,following"):
        assert [item["id"] for item in api.get(at(group, f"connections/?{query}")).json()["items"]] == [str(row.pk)]


def test_things_relationships__tell_both_directions(api: Api, group: Group, ends: tuple[Thing, Thing]) -> None:
    row = make_connection(group, *ends)

    out = api.get(at(group, f"things/{ends[0].pk}/relationships/")).json()
    none = api.get(at(group, f"things/{ends[0].pk}/relationships/?direction=inbound&as_of=2026-01-01T00:00:00Z")).json()

    assert (out["total"], out["items"][0]["direction"], out["items"][0]["thing"]["id"]) == (1, "outbound", str(ends[1].pk))
    assert out["items"][0]["connection"]["id"] == str(row.pk)
    assert none["items"] == []
    assert out["computationTime"] > 0


@pytest.mark.parametrize("query", ["cursor=zzz", "offset=-1", "limit=0", "limit=101", "direction=up", "asOf=now", "cursor=a&offset=1", "x=1"])
def test_things_relationships__refuse_wrong_parameters(api: Api, group: Group, ends: tuple[Thing, Thing], query: str) -> None:
    response = api.get(at(group, f"things/{ends[0].pk}/relationships/?{query}"))

    assert response.status_code == 400, response.content


def test_things_activity__inlines_actor_and_target(api: Api, group: Group, ends: tuple[Thing, Thing]) -> None:
    event = make_event(group, actor=ends[0], target=ends[1])

    told = api.get(at(group, f"things/{ends[0].pk}/activity/")).json()

    assert [(it["event"]["id"], it["actor"]["id"], it["target"]["name"]) for it in told["items"]] == [(str(event.pk), str(ends[0].pk), ends[1].name)]


def test_things_audit__says_who_changed_what(api: Api, group: Group, ends: tuple[Thing, Thing]) -> None:
    api.patch(at(group, f"things/{ends[0].pk}/"), {"name": "Ada L."})

    told = api.get(at(group, f"things/{ends[0].pk}/audit/")).json()

    (entry,) = told["events"]["items"]
    assert (entry["door"], entry["changes"][0]["field"], entry["changes"][0]["new"]) == ("api", "name", "Ada L.")
    assert entry["requestId"]
    assert told["thing"]["name"] == "Ada L."


@pytest.mark.parametrize("read", ["relationships", "activity", "audit"])
def test_thing_reads__of_another_group_are_none(api: Api, group: Group, read: str) -> None:
    assert api.get(at(group, f"things/{make_thing(make_group()).pk}/{read}/")).status_code == 404
