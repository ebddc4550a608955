"""groups/{slug}/things/ through real requests."""

from typing import Any

import pytest

from ontology.models import Event, Group, Person, Thing
from tests.factories import make_connection, make_group, make_membership, make_person, make_thing
from tests.ontology.api.client import Api, at, codes


def test_things_list__gives_the_latest_first(api: Api, group: Group) -> None:
    first, second = sorted((make_thing(group), make_thing(group)), key=lambda thing: thing.pk)  # of one millisecond, perhaps
    make_thing(make_group())

    response = api.get(at(group, "things/"))

    assert response.status_code == 200
    assert [item["id"] for item in response.json()["items"]] == sorted([str(first.pk), str(second.pk)], reverse=True)
    assert response.json()["next"] is None
    assert not response.json()["hasMore"]


def test_things_create__answers_the_row_with_its_place_and_tag(api: Api, group: Group, owner: Person) -> None:
    response = api.post(at(group, "things/"), {"type": "note", "name": "Lamp", "properties": {"price_x": 1}, "externalId": "sku-1"})

    row = Thing.objects.get()
    assert response.status_code == 201, response.content
    assert response["Location"] == f"/api/v1/groups/{group.slug}/things/{row.pk}/"
    assert response["ETag"] == '"v1"'
    told = response.json()
    assert (told["id"], told["externalId"], told["properties"]) == (str(row.pk), "sku-1", {"price_x": 1})
    event = Event.objects.get(group=group)
    assert event.person == owner
    assert event.metadata["by"]["door"] == "api"
    assert event.metadata["by"]["tokenId"]


def test_things_create__names_everything_wrong_in_the_clients_words(api: Api, group: Group) -> None:
    response = api.post(at(group, "things/"), {"type": "nothing", "name": " ", "external_id": "x", "externalId": ""})

    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert set(codes(response)) == {("type", "unknown_type"), ("name", "blank"), ("external_id", "unknown_field"), ("externalId", "blank")}
    sentences = [entry["error"] for entry in response.json()["errors"]]
    assert "'external_id' is no field here; known are createdAt, externalId, name, properties, status, type." in sentences
    assert "externalId must not be empty; leave it out instead." in sentences
    assert not Thing.objects.exists()


def test_things_create__clashes_with_a_taken_external_id(api: Api, group: Group) -> None:
    make_thing(group, external_id="sku-1")

    response = api.post(at(group, "things/"), {"type": "note", "name": "Lamp", "externalId": "sku-1"})

    assert response.status_code == 409
    assert response.json()["code"] == "external_id_taken"
    assert response.json()["detail"] == "externalId 'sku-1' is taken in this group."


def test_things_read__gives_304_to_who_has_it(api: Api, group: Group) -> None:
    thing = make_thing(group)

    first = api.get(at(group, f"things/{thing.pk}/"))
    second = api.get(at(group, f"things/{thing.pk}/"), If_None_Match=first["ETag"])

    assert first.json()["name"] == thing.name
    assert (second.status_code, second.content) == (304, b"")


def test_things_update__replaces_or_merges(api: Api, group: Group) -> None:
    thing = make_thing(group, type="note", properties={"a_b": 1, "c": 2})
    place = at(group, f"things/{thing.pk}/")

    merged = api.patch(f"{place}?merge=true", {"properties": {"c": None, "d": 3}})
    patched = api.patch(place, {"properties": {"e": 1}}, Content_Type="application/merge-patch+json")
    replaced = api.patch(place, {"properties": {"z": 1}, "name": "New"})

    assert merged.json()["properties"] == {"a_b": 1, "d": 3}
    assert patched.json()["properties"] == {"a_b": 1, "d": 3, "e": 1}
    assert (replaced.json()["properties"], replaced.json()["name"], replaced["ETag"]) == ({"z": 1}, "New", '"v4"')


def test_things_update__refuses_a_stale_tag(api: Api, group: Group) -> None:
    thing = make_thing(group)
    place = at(group, f"things/{thing.pk}/")
    api.patch(place, {"name": "First"}, If_Match='"v1"')

    stale = api.patch(place, {"name": "Second"}, If_Match='"v1"')
    by_body = api.patch(place, {"name": "Second", "ifVersion": 1})

    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert (by_body.status_code, by_body.json()["code"]) == (412, "changed_meanwhile")
    assert Thing.objects.get().name == "First"


def test_things_delete__and_restore(api: Api, group: Group) -> None:
    thing = make_thing(group)
    make_connection(group, end=thing)
    place = at(group, f"things/{thing.pk}/")

    gone = api.delete(place)
    after = api.get(place)
    again = api.delete(place)
    back = api.post(f"{place}restore/")

    assert (gone.status_code, gone.json()["connections"]) == (200, 1)
    assert after.status_code == again.status_code == 404
    assert (back.status_code, back.json()["connections"], back.json()["thing"]["deletedAt"]) == (200, 1, None)
    assert api.post(f"{place}restore/").status_code == 409


def test_things_bulk_insert__writes_the_good_and_names_the_bad(api: Api, group: Group) -> None:
    items = [{"type": "note", "name": "Lamp"}, {"type": "note"}, 7]

    response = api.post(at(group, "things/bulk/"), items)

    assert response.status_code == 200
    told = response.json()
    assert told["summary"] == {"total": 3, "success": 1, "failed": 2, "successRate": 33.33}
    assert [(entry["index"], entry["field"], entry["code"]) for entry in told["errors"]] == [(1, "name", "missing"), (2, "", "not_object")]
    assert Thing.objects.count() == 1


def test_things_bulk_insert__answers_201_when_all_are_new(api: Api, group: Group) -> None:
    response = api.post(at(group, "things/bulk/"), {"items": [{"type": "note", "name": "Lamp", "externalId": "a"}]})

    assert response.status_code == 201
    assert response.json()["created"] == [str(Thing.objects.get(external_id="a").pk)]


@pytest.mark.parametrize("query", ["mode=atomic", "mode=atomic&dryRun=true", "mode=atomic&dry_run=1"])
def test_things_bulk_insert__atomic_with_a_bad_item_writes_nothing(api: Api, group: Group, query: str) -> None:
    response = api.post(at(group, f"things/bulk/?{query}"), [{"type": "note", "name": "Lamp"}, {"type": "note"}])

    told = response.json()
    assert (response.status_code, told["code"]) == (422, "bulk_refused")
    assert (told["created"], told["failed"], told["summary"]["total"]) == ([], 1, 2)
    assert codes(response) == [("name", "missing")]
    assert not Thing.objects.exists()


@pytest.mark.parametrize(("on_conflict", "told"), [("error", (0, 0, 1)), ("skip", (0, 1, 0)), ("update", (1, 0, 0))])
def test_things_bulk_insert__on_conflict(api: Api, group: Group, on_conflict: str, told: Any) -> None:
    make_thing(group, type="note", external_id="a")

    response = api.post(at(group, f"things/bulk/?on_conflict={on_conflict}"), [{"type": "note", "name": "New", "externalId": "a"}])

    answer = response.json()
    assert response.status_code == 200
    assert (len(answer["updated"]), answer["skipped"], answer["failed"]) == told


def test_things_bulk_update__changes_by_id_or_external_id(api: Api, group: Group) -> None:
    one, two = make_thing(group, type="note", external_id="a"), make_thing(group)

    response = api.patch(at(group, "things/bulk/"), [{"externalId": "a", "name": "A"}, {"id": str(two.pk), "name": "B", "ifVersion": 9}])

    assert response.status_code == 200
    assert response.json()["updated"] == [str(one.pk)]
    assert codes(response) == [("ifVersion", "changed_meanwhile")]


def test_things__of_another_group_look_like_none(api: Api, group: Group) -> None:
    other = make_thing(make_group())
    stranger = Api(make_membership(make_group(), make_person(), role="group_owner").person)

    foreign, missing = api.get(at(group, f"things/{other.pk}/")), api.get(at(group, f"things/{group.pk}/"))
    out_of_reach, unknown = stranger.get(at(group, "things/")), stranger.get("groups/no-such/things/")

    def document(response: Any) -> Any:
        return {key: value for key, value in response.json().items() if key != "instance"}

    assert foreign.status_code == out_of_reach.status_code == 404
    assert document(foreign) == document(missing)
    assert document(out_of_reach) == document(unknown)
