"""groups/{slug}/knowledge/ through real requests."""

from typing import Any

import pytest

from ontology.models import Group, Knowledge
from tests.factories import make_group, make_knowledge, make_thing
from tests.ontology.api.client import Api, at, codes


def vector(group: Group, numbers: list[float], **fields: Any) -> Knowledge:
    from ontology.models import EmbeddingModel

    EmbeddingModel.objects.get_or_create(name="small", defaults={"dim": 3})
    return make_knowledge(group, embedding=numbers, embedding_model="small", embedding_dim=3, **fields)


def test_knowledge__is_made_read_changed_deleted_and_restored(api: Api, group: Group) -> None:
    make_thing(group, external_id="lamp")
    body = {
        "type": "chunk",
        "text": "Brass",
        "embedding": [1, 0, 0.5],
        "embeddingModel": "small",
        "source": "lamp",
        "sourceField": "about",
        "chunk": {"start_at": 1},
        "links": [{"thing": "lamp", "role": "chunk_of"}],
    }

    made = api.post(at(group, "knowledge/"), body)
    place = made["Location"]
    full = api.get(f"{place}?fields=embedding,embeddingDim")
    changed = api.patch(place, {"labels": ["light"], "sourceField": "text"}, If_Match=made["ETag"])
    stale = api.patch(place, {"labels": []}, If_Match=made["ETag"])
    gone = api.delete(place)
    back = api.post(f"{place}restore/")

    assert made.status_code == 201, made.content
    assert "embedding" not in made.json()
    assert made.json()["chunk"] == {"start_at": 1}
    assert full.json() == {"embedding": [1, 0, 0.5], "embeddingDim": 3}
    assert (changed.json()["labels"], changed.json()["sourceField"]) == (["light"], "text")
    assert (stale.status_code, gone.status_code, back.status_code) == (412, 204, 200)


def test_knowledge__refuses_in_the_clients_words(api: Api, group: Group) -> None:
    response = api.post(at(group, "knowledge/"), {"type": "label", "text": "x", "embedding": [1], "source_field": "y"})

    assert set(codes(response)) == {("embeddingModel", "missing"), ("source_field", "unknown_field")}
    assert "embedding and embeddingModel come together." in [entry["error"] for entry in response.json()["errors"]]


def test_knowledge_bulk__makes_many(api: Api, group: Group) -> None:
    response = api.post(at(group, "knowledge/bulk/"), [{"type": "label", "text": "a"}, {"type": "label", "text": "b"}])

    assert (response.status_code, len(response.json()["created"])) == (201, 2)


def test_knowledge_list__filters(api: Api, group: Group) -> None:
    row, _ = make_knowledge(group, labels=["light", "brass"], text="A brass lamp"), make_knowledge(group, labels=["light"])

    for query in ("label=light,brass", "search=BRASS", "label=brass&type=label"):
        assert [item["id"] for item in api.get(at(group, f"knowledge/?{query}")).json()["items"]] == [str(row.pk)]


def test_knowledge_links__are_made_listed_and_taken_away(api: Api, group: Group) -> None:
    thing, row = make_thing(group, external_id="lamp"), make_knowledge(group)
    place = at(group, f"knowledge/{row.pk}/links/")

    made, again = api.post(place, {"thing": "lamp", "role": "label"}), api.post(place, {"thing": "lamp", "role": "label"})
    listed = api.get(place)
    linked = api.get(at(group, f"knowledge/?thing={thing.pk}"))
    gone = api.delete(f"{place}?thing={thing.pk}&role=label")

    assert (made.status_code, made.json()["thing"]) == (201, str(thing.pk))
    assert (again.status_code, again.json()["code"]) == (409, "link_exists")
    assert listed.json()["items"] == [made.json()]
    assert [item["id"] for item in linked.json()["items"]] == [str(row.pk)]
    assert gone.status_code == 204
    assert api.get(place).json()["items"] == []
    assert api.delete(f"{place}?role=label").status_code == 400


def test_knowledge_search__gives_the_nearest_of_this_group(api: Api, group: Group) -> None:
    near, far = vector(group, [1, 0.1, 0], labels=["a"]), vector(group, [0, 1, 0], type="document", text="x")
    vector(make_group(), [1, 0, 0])
    asked = {"embedding": [1, 0, 0], "model": "small"}

    found = api.post(at(group, "knowledge/search/"), asked).json()["items"]
    labelled = api.post(at(group, "knowledge/search/"), asked | {"labels": ["a"], "limit": 1}).json()["items"]
    typed = api.post(at(group, "knowledge/search/"), asked | {"types": ["document"]}).json()["items"]

    assert [hit["knowledge"]["id"] for hit in found] == [str(near.pk), str(far.pk)]
    assert found[0]["distance"] == pytest.approx(0.00496, abs=1e-4)
    assert [hit["knowledge"]["id"] for hit in labelled] == [str(near.pk)]
    assert [hit["knowledge"]["id"] for hit in typed] == [str(far.pk)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"embedding": []}, ("embedding", "not_a_vector")),
        ({"embedding": [1, "x", 3]}, ("embedding[1]", "not_a_number")),
        ({"embedding": [1e39, 0, 0]}, ("embedding[0]", "not_a_number")),
        ({"embedding": [1, 2]}, ("embedding", "wrong_dimension")),
        ({"model": None}, ("model", "not_text")),
        ({"limit": 101}, ("limit", "out_of_range")),
        ({"limit": True}, ("limit", "out_of_range")),
        ({"labels": "a"}, ("labels", "not_a_list")),
        ({"types": ["nope"]}, ("types", "unknown_type")),
        ({"top": 3}, ("top", "unknown_field")),
    ],
)
def test_knowledge_search__refuses(api: Api, group: Group, change: Any, told: Any) -> None:
    vector(group, [1, 0, 0])

    response = api.post(at(group, "knowledge/search/"), {"embedding": [1, 0, 0], "model": "small"} | change)

    assert (response.status_code, codes(response)) == (422, [told])


@pytest.mark.parametrize("field", ["labels", "types"])
@pytest.mark.parametrize("given", [{}, "", 0, None])
def test_search__takes_no_empty_value_for_a_list(api: Api, group: Group, field: str, given: Any) -> None:
    response = api.post(at(group, "knowledge/search/"), {"embedding": [1, 0, 0], "model": "small", field: given})

    assert (response.status_code, codes(response)) == (422, [(field, "not_a_list")])
