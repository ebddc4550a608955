"""Idempotency-Key: one effect, one answer, whoever sends the request how often."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ontology.models import Group, IdempotencyKey, Membership, Person, Thing
from ontology.services.idempotency import idempotency_keys_expire
from ontology.tasks import expire_idempotency_keys
from tests.factories import make_group, make_membership, make_person, make_thing
from tests.ontology.api.client import Api, at

NOTE = {"type": "note", "name": "A note"}


def test_key__gives_the_first_answer_again(api: Api, group: Group) -> None:
    first = api.post(at(group, "things/"), NOTE, Idempotency_Key="k-1")
    again = api.post(at(group, "things/"), NOTE, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert [again[name] for name in ("ETag", "Location", "Content-Type")] == [first[name] for name in ("ETag", "Location", "Content-Type")]
    assert again["Idempotency-Replayed"] == "true"
    assert not first.has_header("Idempotency-Replayed")
    assert Thing.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "things/", {"type": "note", "name": "Other"}), ("POST", "things/bulk/", NOTE), ("POST", "things/?", NOTE)],
)
def test_key__of_another_request_is_refused(api: Api, group: Group, method: str, path: str, body: Any) -> None:
    api.post(at(group, "things/"), NOTE, Idempotency_Key="k-1")

    response = api(method, at(group, path), body, Idempotency_Key="k-1")

    if path == "things/?":
        assert response["Idempotency-Replayed"] == "true"
    else:
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


def test_key__with_other_headers_is_of_another_request(api: Api, group: Group) -> None:
    place = at(group, f"things/{make_thing(group).pk}/")
    api.patch(place, {"name": "New"}, If_Match='"v1"', Idempotency_Key="k-1")

    others = [
        api.patch(place, {"name": "New"}, If_Match='"v2"', Idempotency_Key="k-1"),
        api.patch(place, {"name": "New"}, If_Match='"v1"', Content_Type="application/merge-patch+json", Idempotency_Key="k-1"),
    ]

    assert [(other.status_code, other.json()["code"]) for other in others] == [(422, "idempotency_key_reused")] * 2


def test_key__through_a_token_that_opens_something_else_is_of_another_request(api: Api, group: Group, owner: Person) -> None:
    api.post(at(group, "things/"), NOTE, Idempotency_Key="k-1")

    others = [Api(owner, **fields).post(at(group, "things/"), NOTE, Idempotency_Key="k-1") for fields in ({"scopes": ["write"]}, {"group": group})]
    same = Api(owner).post(at(group, "things/"), NOTE, Idempotency_Key="k-1")

    assert [(other.status_code, other.json()["code"]) for other in others] == [(422, "idempotency_key_reused")] * 2
    assert same["Idempotency-Replayed"] == "true"


def test_key__gives_no_answer_about_a_group_out_of_reach_by_now(api: Api, group: Group, owner: Person) -> None:
    body = {"slug": "a-shop", "name": "A shop", "parent": group.slug}
    made = [api.post("groups/", body, Idempotency_Key="k-1") for _ in range(2)]
    Membership.objects.filter(person=owner).update(role="group_user")
    less = api.post("groups/", body, Idempotency_Key="k-1")
    Membership.objects.filter(person=owner).delete()
    gone = api.post("groups/", body, Idempotency_Key="k-1")

    assert [response.status_code for response in (*made, less, gone)] == [201, 201, 403, 404]
    assert made[1]["Idempotency-Replayed"] == "true"


def test_key__of_a_refused_request_is_free_again(api: Api, group: Group) -> None:
    refused = api.post(at(group, "things/"), {"type": "note"}, Idempotency_Key="k-1")
    done = api.post(at(group, "things/"), NOTE, Idempotency_Key="k-1")

    assert (refused.status_code, done.status_code) == (422, 201)


def test_key__belongs_to_its_person(api: Api, group: Group) -> None:
    other = Api(make_membership(group, role="group_owner").person)

    made = [caller.post(at(group, "things/"), NOTE, Idempotency_Key="k-1").json()["id"] for caller in (api, other)]

    assert len(set(made)) == 2


def test_key__covers_changes_and_deletions(api: Api, group: Group) -> None:
    thing = make_thing(group)
    place = at(group, f"things/{thing.pk}/")

    patched = [api.patch(place, {"name": "New"}, If_Match='"v1"', Idempotency_Key="k-1") for _ in range(2)]
    deleted = [api.delete(place, Idempotency_Key="k-2") for _ in range(2)]

    assert [response.status_code for response in (*patched, *deleted)] == [200] * 4
    assert deleted[0].content == deleted[1].content


@pytest.mark.parametrize("key", ["", "k" * 201, "a\tb"])
def test_key__that_is_none_is_refused(api: Api, group: Group, key: str) -> None:
    response = api.post(at(group, "things/"), NOTE, Idempotency_Key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key")
    assert not Thing.objects.exists()


def test_key__is_not_taken_where_the_answer_holds_a_secret(api: Api) -> None:
    response = api.post("me/tokens/", {"name": "x", "scopes": ["read"]}, Idempotency_Key="k-1")

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key")
    assert not IdempotencyKey.objects.exists()


def test_keys__expire(api: Api, group: Group) -> None:
    api.post(at(group, "things/"), NOTE, Idempotency_Key="old")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=8))
    api.post(at(group, "things/"), NOTE, Idempotency_Key="new")

    assert idempotency_keys_expire() == 1
    assert expire_idempotency_keys() == 0
    assert IdempotencyKey.objects.get().key == "new"


def together(count: int, act: Any) -> list[Any]:
    """What ACT answers in COUNT threads at once."""
    answers: list[Any] = []
    gate = threading.Barrier(count)

    def run() -> None:
        try:
            gate.wait()
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_key__sent_at_once_has_one_effect() -> None:
    group: Group = make_group()
    owner: Person = make_membership(group, make_person(), role="group_owner").person
    api = Api(owner)

    answers = together(6, lambda: Api(token=api.token, role=None).post(at(group, "things/"), NOTE, Idempotency_Key="k-1"))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(answer.has_header("Idempotency-Replayed") for answer in answers) == 5
    assert Thing.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_if_match__lets_one_of_many_through() -> None:
    group: Group = make_group()
    api = Api(make_membership(group, make_person(), role="group_owner").person)
    place = at(group, f"things/{make_thing(group, type='note').pk}/")

    def change() -> int:
        status: int = Api(token=api.token, role=None).patch(place, {"name": str(threading.get_ident())}, If_Match='"v1"').status_code
        return status

    assert sorted(together(5, change)) == [200, 412, 412, 412, 412]
    assert Thing.objects.get().version == 2
