"""What comes in: who is signed in, and bodies and addresses of every bad kind. None answers 5xx, none writes."""

import json
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from ontology.models import Group, Person, Thing
from tests.factories import make_group, make_membership, make_person, make_staff, make_thing
from tests.ontology.api.client import Api, at, make_token

NOTE = {"type": "note", "name": "A note"}


def test_nobody__is_asked_to_sign_in(group: Group) -> None:
    for method, path in (("GET", "things/"), ("POST", "things/"), ("POST", "things/bulk/")):
        response = Api()(method, at(group, path), [])
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response["Content-Type"] == "application/problem+json"


def test_token__begins_no_session(api: Api, group: Group) -> None:
    assert not api.get(at(group, "things/")).cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize("token", ["nope", "sxt_nope", "sxt_" + "a" * 46, "é", "a b", ""])
def test_token__that_is_none_opens_nothing(group: Group, token: str) -> None:
    response = Api(token=token).client.get(f"/api/v1/{at(group, 'things/')}", headers={"Authorization": f"Bearer {token}"})

    assert (response.status_code, response.json()["code"]) == (401, "token_refused")


def test_token__that_is_revoked_expired_or_of_a_blocked_person_opens_nothing(group: Group, owner: Person) -> None:
    past = timezone.now() - timedelta(days=2)
    blocked = make_membership(group, make_person(is_active=False)).person

    for api in (Api(owner, revoked_at=past), Api(owner, created_at=past, expires_at=past + timedelta(days=1)), Api(blocked)):
        assert api.get(at(group, "things/")).status_code == 401


def test_token__scopes_narrow_the_rights(group: Group, owner: Person) -> None:
    reader, writer = Api(owner, scopes=["read"]), Api(owner, scopes=["write"])

    refused = reader.post(at(group, "things/"), NOTE)
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")
    assert writer.post(at(group, "things/"), NOTE).status_code == 201
    assert writer.get(at(group, "events/")).status_code == 403
    assert reader.get("me/tokens/").status_code == 403


@pytest.mark.parametrize(("role", "statuses"), [("customer", (200, 403, 403, 403)), ("group_user", (200, 200, 201, 403))])
def test_role__gives_its_rights(group: Group, role: str, statuses: tuple[int, ...]) -> None:
    api = Api(make_membership(group, role=role).person)

    found = (
        api.get(at(group, "things/")).status_code,
        api.get(at(group, "events/")).status_code,
        api.post(at(group, "things/"), NOTE).status_code,
        api.patch(at(group, "settings/"), {}).status_code,
    )

    assert found == statuses


def test_session__writes_with_its_csrf_token_only(group: Group, owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    api = Api(client=client)

    read, refused = api.get(at(group, "things/")), api.post(at(group, "things/"), NOTE)
    client.cookies["csrftoken"] = "a" * 32
    allowed = api.post(at(group, "things/"), NOTE, X_CSRFToken="a" * 32)

    assert read.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert allowed.status_code == 201, allowed.content


@pytest.mark.parametrize("is_staff", [True, False])
def test_session__of_who_holds_rights_on_the_platform_needs_the_second_factor(group: Group, is_staff: bool) -> None:
    client = Client()
    client.force_login(make_staff(is_staff=is_staff))

    with mock.patch("ontology.sessions.settings.SECOND_FACTOR_REQUIRED", new=True):
        response = Api(client=client).get(at(group, "things/"))

    assert (response.status_code, response.json()["code"]) == (403, "second_factor_missing")


DEEP = b'{"type": "note", "name": "x", "properties": ' + b'{"a":' * 3_000 + b"1" + b"}" * 3_000 + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body_missing"),
        (b"   ", 400, "body_missing"),
        (b"{", 400, "not_json"),
        (b"\xff\xfe", 400, "not_utf8"),
        (b"[1]", 422, "not_object"),
        (b'"text"', 422, "not_object"),
        (b"NaN", 400, "not_json"),
        (DEEP, 400, "too_deep"),
        (b'{"type": "note", "name": "x", "properties": {"n": 123456789012345678901234567890}}', 400, "number_too_large"),
        (b'{"type": "note", "name": "x", "properties": {"n": 1e999}}', 400, "not_json"),
        (b'{"type": "note", "name": "a\\u0000b"}', 422, "nul"),
        (b'{"type": "note", "name": "a\\ud800b"}', 400, "not_json"),
        (b'{"type": "note", "name": "x", "properties": {"a\\u0000": 1}}', 422, "nul"),
        (b'{"type": ["note"], "name": {}}', 422, "input_refused"),
        (b'{"type": "note", "name": "x", "properties": []}', 422, "not_object"),
    ],
)
def test_body__of_a_bad_kind_is_refused(api: Api, group: Group, body: bytes, status: int, code: str) -> None:
    response = api.post(at(group, "things/"), body)

    assert (response.status_code, response.json()["code"]) == (status, code), response.content[:300]
    assert not Thing.objects.exists()


def test_body__with_a_key_twice_takes_the_last(api: Api, group: Group) -> None:
    assert api.post(at(group, "things/"), b'{"type": "note", "name": "a", "name": "b"}').json()["name"] == "b"


@pytest.mark.parametrize("body", [b"{}", b"5", b"[]", b'{"items": 5}', b'{"items": []}', b'{"items": [], "more": 1}', b"null"])
def test_bulk_body__that_is_no_list_is_refused(api: Api, group: Group, body: bytes) -> None:
    assert api.post(at(group, "things/bulk/"), body).status_code == 422


def test_bulk_body__of_too_many_items_is_told_how_to_import(api: Api, group: Group) -> None:
    response = api.post(at(group, "things/bulk/"), b"[" + b",".join([b"{}"] * 10_001) + b"]")

    assert (response.status_code, response.json()["code"]) == (413, "too_many_items")
    assert "load_ontology" in response.json()["detail"]
    assert "imports/" in response.json()["detail"]


def test_body__too_large_is_not_read(api: Api, group: Group, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

    announced = api.post(at(group, "things/"), b" " * 1_000_001)

    assert (announced.status_code, announced.json()["code"]) == (413, "body_too_large")
    assert "load_ontology" in announced.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content_Type": "text/plain"}, "content_type"),
        ({"Content_Type": "application/x-www-form-urlencoded"}, "content_type"),
        ({"Content_Type": "multipart/form-data; boundary=x"}, "content_type"),
        ({"Content_Encoding": "gzip"}, "content_encoding"),
    ],
)
def test_body__of_another_kind_is_415(api: Api, group: Group, headers: Any, code: str) -> None:
    response = api.post(at(group, "things/"), json.dumps(NOTE).encode(), **headers)

    assert (response.status_code, response.json()["code"]) == (415, code)


def test_merge_patch__is_for_patch_only(api: Api, group: Group) -> None:
    assert api.post(at(group, "things/"), NOTE, Content_Type="application/merge-patch+json").status_code == 415


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=abc", "cursor"),
        ("order=name", "order"),
        ("fields=id,nope", "fields"),
        ("omit=nope", "omit"),
        ("createdAfter=yesterday", "createdAfter"),
        ("createdAfter=2026-01-01T00:00:00", "createdAfter"),
        ("status=open", "status"),
        ("deleted=maybe", "deleted"),
        ("search=a%00b", "search"),
        ("count=perhaps", "count"),
        ("created_after=2026-01-01T00:00:00Z", "created_after"),
    ],
)
def test_parameters__that_are_wrong_are_named(api: Api, group: Group, query: str, field: str) -> None:
    response = api.get(at(group, f"things/?{query}"))

    assert response.status_code == 400, response.content
    assert field in [entry["field"] for entry in response.json()["errors"]]


def test_parameters__unknown_ones_list_the_known(api: Api, group: Group) -> None:
    told = api.get(at(group, "things/?colour=red")).json()

    assert told["code"] == "unknown_parameter"
    assert "createdAfter" in told["detail"]


@pytest.mark.parametrize("path", ["nope/", "groups", "groups/x/nope/", "groups/x/things/7/", "groups/x%00y/things/", "me/tokens/x/"])
def test_address__that_is_none_is_404(api: Api, path: str) -> None:
    response = api.get(path)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["nope/", "groups/x/things/7/", "groups/x%0Ay/things/bulk/", "groups/%C3%A9/things/bulk/"])
def test_address__that_is_none_is_404_for_writes_too(owner: Person, path: str) -> None:
    response = Api(owner, client=Client(enforce_csrf_checks=True)).post(path, {})

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_method__that_is_none_is_405(api: Api, group: Group) -> None:
    response = api("PUT", at(group, "things/"), {})

    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD")
    assert response["Content-Type"] == "application/problem+json"


def test_database__that_is_down_is_503(api: Api, group: Group) -> None:
    with mock.patch("ontology.api.endpoint.group_access", side_effect=OperationalError("gone")):
        response = api.get(at(group, "things/"))

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "gone" not in response.content.decode()


def test_failure__that_nobody_foresaw_tells_nothing_and_writes_nothing(group: Group, owner: Person) -> None:
    api = Api(owner, client=Client(raise_request_exception=False))

    with mock.patch("ontology.api.views.things.THINGS", new=None):
        response = api.post(at(group, "things/"), NOTE)

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "NoneType" not in response.content.decode()
    assert not Thing.objects.exists()


def test_problem__carries_the_id_of_its_request(api: Api) -> None:
    response = api.get("nope/", X_Request_Id="abc-1")

    assert response.json()["instance"] == "urn:sextant:request:abc-1"


def test_head__answers_without_a_body(api: Api, group: Group) -> None:
    response = api("HEAD", at(group, f"things/{make_thing(group).pk}/"))

    assert (response.status_code, response.content, response["ETag"]) == (200, b"", '"v1"')


def test_references__in_a_bound_token_stay_in_its_group(group: Group, owner: Person) -> None:
    child = make_group(parent=group)
    bound = Api(token=make_token(owner, group=child))

    assert bound.get(at(child, "things/")).status_code == 200
    assert bound.get(at(group, "things/")).status_code == 404
