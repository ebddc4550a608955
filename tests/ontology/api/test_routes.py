"""Every route and method: what nobody, a stranger and the owner hear, whatever they send."""

import itertools
import uuid
from typing import Any

import pytest
from django.test import RequestFactory

from ontology.api import endpoint
from ontology.api.refusals import Refusal
from ontology.api.requests import body_read
from ontology.choices import Right
from ontology.models import Event, Group, Thing
from ontology.services.tokens import token_text
from tests.api_routes import v1
from tests.factories import make_connection, make_event, make_group, make_knowledge, make_membership, make_person
from tests.ontology.api.client import Api

ROUTES = [(str(route.pattern), method) for route in v1 for method in route.callback.view_class.rights]
BODIES: tuple[Any, ...] = (None, b"{", [], {}, [[]], [{}], {"items": [None]}, {"name": None, "id": [], "externalId": {}}, "text", 5)


def address(pattern: str, group: Group, row: uuid.UUID | str) -> str:
    path = pattern.replace("<slug:slug>", group.slug).replace("<slug:name>", "note")
    return path.replace("<row:id>", str(row)).replace("<row:person>", str(row))


def test_routes__each_says_what_right_it_needs() -> None:
    for route in v1:
        rights = route.callback.view_class.rights
        assert rights, route.pattern
        assert all(isinstance(right, Right) for right in rights.values()), route.pattern


@pytest.mark.parametrize(("pattern", "method"), ROUTES)
def test_route__nobody_and_strangers_get_nothing(group: Group, pattern: str, method: str) -> None:
    row = make_connection(group)
    stranger = Api(make_membership(make_group(), make_person(), role="group_owner").person)
    path = address(pattern, group, row.pk)

    assert Api()(method, path, {}).status_code == 401
    if pattern.startswith("groups/<slug:slug>/"):
        response = stranger(method, path, {})
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("pattern", "method"), ROUTES)
def test_route__never_fails_on_what_is_sent(api: Api, group: Group, pattern: str, method: str) -> None:
    row, event, piece = make_connection(group), make_event(group), make_knowledge(group)
    ids = (row.pk, row.from_thing_id, event.pk, piece.pk, uuid.uuid4()) if "<row:" in pattern else ("",)
    things, events = Thing.objects.count(), Event.objects.count()

    for id_, body in itertools.product(ids, BODIES if method in {"POST", "PATCH"} else (None,)):
        if (method, body) == ("POST", None) and pattern.endswith("restore/"):
            continue
        response = api(method, address(pattern, group, id_), body)
        assert response.status_code < 500, (pattern, method, body, response.content[:300])
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
            assert {"type", "title", "status", "detail", "code", "instance"} <= response.json().keys()
    assert Thing.objects.count() == things
    assert Event.objects.count() <= events + 1 or method == "DELETE"


class Endless:
    """A body that never ends and says no length."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int) -> bytes:
        self.given += size
        return b" " * size


def test_body__without_a_length_is_read_up_to_the_limit(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
    endless = Endless()
    request = RequestFactory().post("/api/v1/groups/x/things/", content_type="application/json")
    request.META |= {"wsgi.input": endless, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}

    with pytest.raises(Refusal, match="at most 1 MB"):
        body_read(request)

    assert endless.given <= 1_100_000


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {token_text()}"}, {"Cookie": "sessionid=x"}])
def test_body__of_nobody_is_not_read(monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]) -> None:
    read = list[Any]()
    monkeypatch.setattr(endpoint, "body_read", lambda request, **_: read.append(request) or b"{}")

    answers = [Api()(method, "groups/x/things/bulk/", {}, **headers).status_code for method in ("POST", "PATCH")]

    assert (answers, read) == ([401, 401], [])


def test_body__that_ends_too_early_is_refused() -> None:
    request = RequestFactory().post("/api/v1/groups/x/things/", b'{"a": 1}', content_type="application/json")
    request.META["CONTENT_LENGTH"] = "100"

    with pytest.raises(Refusal, match="ended before"):
        body_read(request)
