"""groups/{slug}/events/ through real requests."""

from datetime import timedelta

from ontology.models import Event, Group
from tests.factories import MOMENT, make_event, make_group, make_thing
from tests.ontology.api.client import Api, at, codes


def test_events_append__answers_the_event(api: Api, group: Group) -> None:
    make_thing(group, type="creator", external_id="ada")

    body = {"type": "content_event", "actor": "ada", "timestamp": "2026-03-05T12:00:00Z", "metadata": {"a_b": 1}, "externalId": "e-1"}
    response = api.post(at(group, "events/"), body)

    assert response.status_code == 201, response.content
    told = response.json()
    by = told["metadata"].pop("by")
    assert (told["timestamp"], told["metadata"], told["externalId"]) == ("2026-03-05T12:00:00Z", {"a_b": 1}, "e-1")
    assert (by["door"], by["sent"]) == ("api", True)
    told["metadata"]["by"] = by
    read = api.get(response["Location"])
    assert read.json() == told
    assert api.get(response["Location"], If_None_Match=read["ETag"]).status_code == 304


def test_events_append__refuses(api: Api, group: Group) -> None:
    foreign = make_thing(make_group())

    response = api.post(at(group, "events/"), {"type": "nope", "actor": str(foreign.pk), "timestamp": "2026-03-05T12:00:00", "external_id": "x"})

    assert response.status_code == 422
    told = {("type", "unknown_type"), ("actor", "not_found"), ("timestamp", "no_offset"), ("external_id", "unknown_field")}
    assert set(codes(response)) == told


def test_events_bulk__skips_what_is_there(api: Api, group: Group) -> None:
    items = [{"type": "content_event", "externalId": "e-1", "timestamp": "2026-03-05T12:00:00Z"}]

    first, again = api.post(at(group, "events/bulk/"), items), api.post(at(group, "events/bulk/?onConflict=skip"), items)

    assert (first.status_code, again.status_code, again.json()["skipped"]) == (201, 200, 1)
    assert Event.objects.count() == 1


def test_events_list__pages_by_moment(api: Api, group: Group) -> None:
    events = [make_event(group, timestamp=MOMENT + timedelta(minutes=n // 2)) for n in range(5)]
    expected = [str(event.pk) for event in sorted(events, key=lambda event: (event.timestamp, event.pk), reverse=True)]

    found, cursor = [], ""
    while cursor is not None:
        page = api.get(at(group, f"events/?limit=2&tier=all&cursor={cursor}" if cursor else "events/?limit=2&tier=all")).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
    upwards = api.get(at(group, "events/?order=timestamp")).json()["items"]

    assert found == expected
    assert [item["id"] for item in upwards] == expected[::-1]


def test_events_list__filters(api: Api, group: Group) -> None:
    thing = make_thing(group)
    event, _ = make_event(group, actor=thing), make_event(group, timestamp=MOMENT + timedelta(days=1))

    for query in (f"thing={thing.pk}", f"actor={thing.pk}", "before=2026-03-06T00:00:00Z", "after=2026-03-05T12:00:00Z&before=2026-03-05T12:00:01Z"):
        assert [item["id"] for item in api.get(at(group, f"events/?{query}")).json()["items"]] == [str(event.pk)]


def test_events__are_never_changed(api: Api, group: Group) -> None:
    event = make_event(group)

    for method in ("PATCH", "DELETE", "PUT"):
        response = api(method, at(group, f"events/{event.pk}/"), {})
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
        assert response.json()["code"] == "method_not_allowed"
