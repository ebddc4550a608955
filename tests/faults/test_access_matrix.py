"""Row 3 of the bar: every route and method of the API, asked by every role for every group, with ids of its own and of others in path and body."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from ontology.choices import Right
from ontology.services import access
from tests.api_routes import v1
from tests.faults.access_world import HISTORY, MANAGE, PERSON_SCOPES, PLACES, REACH, READ, WRITE, Place, World, make_world
from tests.ontology.api.client import Api

pytestmark = pytest.mark.django_db
type Body = Callable[[Place], Any]
EXPECTED: dict[str, dict[str, Right]] = {
    "groups": {"GET": READ, "POST": MANAGE},
    "group": {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE},
    "group-children": {"GET": READ},
    "group-settings": {"GET": READ, "PATCH": MANAGE},
    "members": {"GET": HISTORY, "POST": MANAGE},
    "member": {"GET": HISTORY, "PATCH": MANAGE, "DELETE": MANAGE},
    "things": {"GET": READ, "POST": WRITE},
    "things-bulk": {"POST": WRITE, "PATCH": WRITE},
    "thing": {"GET": READ, "PATCH": WRITE, "DELETE": WRITE},
    "thing-restore": {"POST": WRITE},
    "thing-relationships": {"GET": READ},
    "thing-activity": {"GET": HISTORY},
    "thing-audit": {"GET": HISTORY},
    "thing-stats": {"GET": HISTORY},
    "thing-summary": {"GET": READ},
    "metrics": {"GET": HISTORY},
    "metrics-days": {"GET": HISTORY},
    "metrics-custom": {"GET": HISTORY},
    "metrics-forecast": {"GET": HISTORY},
    "metrics-churn": {"GET": HISTORY},
    "connections": {"GET": READ, "POST": WRITE},
    "connections-bulk": {"POST": WRITE},
    "connection": {"GET": READ, "PATCH": WRITE, "DELETE": WRITE},
    "connection-restore": {"POST": WRITE},
    "events": {"GET": HISTORY, "POST": WRITE},
    "events-bulk": {"POST": WRITE},
    "event": {"GET": HISTORY},
    "knowledge": {"GET": READ, "POST": WRITE},
    "knowledge-bulk": {"POST": WRITE},
    "knowledge-search": {"POST": READ},
    "knowledge-one": {"GET": READ, "PATCH": WRITE, "DELETE": WRITE},
    "knowledge-restore": {"POST": WRITE},
    "knowledge-links": {"GET": READ, "POST": WRITE, "DELETE": WRITE},
    "imports": {"GET": HISTORY, "POST": WRITE},
    "import": {"GET": HISTORY, "PATCH": WRITE},
    "import-pause": {"POST": WRITE},
    "import-resume": {"POST": WRITE},
    "import-cancel": {"POST": WRITE},
    "import-start": {"POST": WRITE},
    "import-rejects": {"GET": HISTORY, "POST": WRITE},
    "import-undo": {"POST": WRITE},
    "import-progress": {"GET": HISTORY},
    "export": {"GET": HISTORY},
    "archive": {"GET": HISTORY},
    "archive-run": {"POST": MANAGE},
    "archive-restore": {"POST": MANAGE},
    "archive-report": {"GET": MANAGE},
    "integrity": {"GET": MANAGE},
    "quality": {"GET": HISTORY},
    "snapshots": {"GET": HISTORY},
    "findings": {"GET": HISTORY},
    "platform-integrity": {"GET": MANAGE},
    "platform-quality": {"GET": MANAGE},
    "platform-snapshots": {"GET": MANAGE},
    "platform-findings": {"GET": MANAGE},
    "catalogue": {"GET": READ},
    "catalogue-thing": {"GET": READ},
    "catalogue-connection": {"GET": READ},
    "catalogue-event": {"GET": READ},
    "me": {"GET": READ},
    "tokens": {"GET": MANAGE, "POST": MANAGE},
    "token": {"GET": MANAGE, "DELETE": MANAGE},
    "quotas": {"GET": READ},
    "quotas-status": {"GET": READ},
    "quotas-check": {"GET": READ},
    "quotas-check-storage": {"GET": READ},
    "quotas-usage": {"GET": READ},
    "quotas-simulation": {"GET": READ},
    "alerts": {"GET": MANAGE},
    "alert-acknowledge": {"POST": MANAGE},
    "plans": {"GET": READ},
    "plans-upgrades": {"GET": READ},
}
"""What each needs. A route that is not here fails, and so does a right that the route does not demand."""
BODIES: dict[tuple[str, str], Body] = {
    ("groups", "POST"): lambda p: {"slug": "made-here", "name": "Made", "parent": p.group.slug},
    ("group", "PATCH"): lambda p: {"description": "Changed"},
    ("group-settings", "PATCH"): lambda p: {"visibility": "public"},
    ("members", "POST"): lambda p: {"email": "new@example.org", "role": "group_user"},
    ("member", "PATCH"): lambda p: {"creator": str(p.creator.pk)},
    ("things", "POST"): lambda p: {"type": "note", "name": "Made"},
    ("things-bulk", "POST"): lambda p: [{"type": "note", "name": "Made"}],
    ("things-bulk", "PATCH"): lambda p: [{"id": str(p.thing.pk), "name": "Changed"}],
    ("thing", "PATCH"): lambda p: {"name": "Changed"},
    ("connections", "POST"): lambda p: {"from": str(p.thing.pk), "to": str(p.creator.pk), "type": "created_by"},
    ("connections-bulk", "POST"): lambda p: [{"from": p.thing.external_id, "to": str(p.creator.pk), "type": "created_by"}],
    ("connection", "PATCH"): lambda p: {"strength": 0.5},
    ("events", "POST"): lambda p: {"type": "content_event", "actor": str(p.creator.pk), "target": str(p.thing.pk)},
    ("events-bulk", "POST"): lambda p: [{"type": "content_event", "target": str(p.thing.pk)}],
    ("knowledge", "POST"): lambda p: {
        "type": "label",
        "text": "Made",
        "source": str(p.thing.pk),
        "links": [{"thing": str(p.thing.pk), "role": "label"}],
    },
    ("knowledge-bulk", "POST"): lambda p: [{"type": "label", "text": "Made", "source": str(p.thing.pk)}],
    ("knowledge-search", "POST"): lambda p: {"embedding": [1, 2], "model": "small"},
    ("knowledge-one", "PATCH"): lambda p: {"source": str(p.thing.pk)},
    ("knowledge-links", "POST"): lambda p: {"thing": str(p.thing.pk), "role": "summary"},
    ("imports", "POST"): lambda p: {"kind": "thing", "type": "note", "name": "Made"},
    ("import", "PATCH"): lambda p: {"throttleMs": 1},
    ("import-rejects", "POST"): lambda p: {"kind": "thing", "type": "note", "name": "Made", "_line": 1},
    ("archive-restore", "POST"): lambda p: {"dryRun": True},
    ("tokens", "POST"): lambda p: {"name": "Made", "scopes": ["read"], "group": p.group.slug},
}
REFERS = {
    key
    for key in BODIES
    if key[0]
    not in {
        "archive-restore",
        "imports",
        "import",
        "import-rejects",
        "group",
        "group-settings",
        "members",
        "things",
        "thing",
        "connection",
        "knowledge-search",
    }
} - {("things-bulk", "POST")}
"""Bodies that name a row, a group, or both."""
PATHS: dict[str, Callable[[Place], str]] = {
    "thing": lambda p: str(p.thing.pk),
    "connection": lambda p: str(p.connection.pk),
    "event": lambda p: str(p.event.pk),
    "knowledge": lambda p: str(p.knowledge.pk),
    "member": lambda p: str(p.member.pk),
    "import": lambda p: str(p.run.pk),
    "alert": lambda p: str(p.alert.pk),
}
QUERIES: dict[tuple[str, str], Callable[[Place], str]] = {
    ("knowledge-links", "DELETE"): lambda p: f"?thing={p.thing.pk}&role=label",
    ("things-bulk", "POST"): lambda p: "?onConflict=update",
    ("imports", "POST"): lambda p: "?name=file.ndjson",
    ("import-rejects", "POST"): lambda p: "?name=file.ndjson",
    ("quotas-check-storage", "GET"): lambda p: "?bytes=1",
    ("quotas-simulation", "GET"): lambda p: "?plan=pro",
}
CALLS = [(name, method) for name, methods in EXPECTED.items() for method in methods]


def address(name: str, method: str, where: Place, row: Place, token: str) -> str:
    """The path of a route in the group of WHERE, for the row of ROW."""
    (pattern,) = (str(route.pattern) for route in v1 if route.name == name)
    noun = name.partition("-")[0]
    path = pattern.replace("<slug:slug>", where.group.slug).replace("<row:person>", str(row.member.pk))
    path = path.replace(
        "<slug:name>", {"catalogue-thing": "note", "catalogue-connection": "references", "plans-upgrades": "starter"}.get(name, "content_event")
    )
    path = path.replace("<row:id>", token if noun == "token" else PATHS.get(noun, PATHS["thing"])(row))
    return path + QUERIES.get((name, method), lambda p: "")(row)


def allowed(role: str, name: str, method: str, place: str, named: str) -> int | None:
    """The status with which the call must be refused; None: it is let through."""
    needed = EXPECTED[name][method]
    if name.startswith("platform-"):
        return None if role == "platform owner" else 403
    if name in {"groups", "me", "tokens", "token"} or name.startswith(("catalogue", "plans")):
        if needed not in PERSON_SCOPES.get(role, frozenset(Right)):
            return 403
        rights = REACH[role].get(named, frozenset())
        return 403 if (name, method) == ("groups", "POST") and rights and MANAGE not in rights else None
    rights = REACH[role].get(place, frozenset())
    return 404 if not rights else 403 if needed not in rights else None


def call(world: World, role: str, name: str, method: str, place: str, row: str, body: str) -> Any:
    """The answer to one call, whose effects are taken back."""
    where, named = world.places[place], world.places[body]
    with transaction.atomic():
        path = address(name, method, where, world.places[row], world.tokens[role])
        response = world.clients[role](method, path, BODIES.get((name, method), lambda p: None)(named))
        transaction.set_rollback(True)
    return response


def shown(response: Any) -> str:
    """The beginning of an answer that is no stream."""
    return "" if response.streaming else repr(response.content[:200])


def leaks(world: World, role: str, response: Any, sent: str) -> list[str]:
    """The places out of the role's reach whose marks the answer holds, save those that the request itself sent."""
    text = (b"".join(response) if response.streaming else response.content).decode()
    hidden = [place for place in PLACES if not REACH[role].get(place)]
    return [place for place in hidden if any(mark in text and mark not in sent for mark in world.places[place].marks)]


@pytest.fixture
def world() -> World:
    return make_world()


def test_matrix__knows_every_route() -> None:
    """A route without an expectation fails here, and so does one that demands another right than is expected."""
    declared = {route.name: dict(route.callback.view_class.rights) for route in v1}
    assert declared == EXPECTED


def faults(world: World, calls: Iterator[tuple[str, str, str, str, str, str]], refused: Callable[..., int | None]) -> list[str]:
    """What went wrong in CALLS of role, route, method, place, row and body."""
    wrong = []
    for role, name, method, place, row, body in calls:
        response = call(world, role, name, method, place, row, body)
        said = f"{role}: {method} {name} in {place}, row of {row}, body of {body}: {response.status_code} {shown(response)}"
        sent = f"{address(name, method, world.places[place], world.places[row], '')} {json.dumps(BODIES.get((name, method), lambda p: None)(world.places[body]))}"
        expected = refused(role, name, method, place, row, body)
        if response.status_code >= 500 or leaks(world, role, response, sent):
            wrong.append(f"LEAK OR FAILURE {leaks(world, role, response, sent)} {said}")
        elif expected is not None and response.status_code != expected:
            wrong.append(f"expected {expected}, {said}")
        elif expected is None and response.status_code in {401, 403}:
            wrong.append(f"expected to pass, {said}")
    return wrong


def test_matrix__own_ids(world: World) -> None:
    """Every role by route by method by group, with the ids of that group."""
    calls = ((role, name, method, place, place, place) for role in REACH for name, method in CALLS for place in PLACES)
    wrong = faults(world, calls, lambda role, name, method, place, row, body: allowed(role, name, method, place, body))
    assert wrong == []


def test_matrix__allowed_calls_succeed(world: World) -> None:
    """So that a matrix of refusals alone cannot pass: the owner's calls in the own group are answered with 2xx."""
    answers = {(name, method): call(world, "owner", name, method, "own", "own", "own") for name, method in CALLS}
    answers[("thing-restore", "POST")] = answers[("connection-restore", "POST")] = answers[("knowledge-restore", "POST")] = (
        None  # of rows not deleted
    )
    answers[("import-pause", "POST")] = answers[("import-start", "POST")] = answers[("import-rejects", "POST")] = None  # of a paused run
    answers[("archive-restore", "POST")] = None  # of a group with an archive
    answers = {key: response for key, response in answers.items() if not key[0].startswith("platform-")}  # of the platform's owners alone
    assert {
        key: (response.status_code, response.content) for key, response in answers.items() if response and not 200 <= response.status_code < 300
    } == {}


def test_matrix__ids_of_others_in_the_path(world: World) -> None:
    """A row of another group is not there, even for those who may reach both."""
    rows = [(name, method) for name, method in CALLS if re.search(r"<row:", next(str(r.pattern) for r in v1 if r.name == name)) and name != "token"]
    calls = ((role, name, method, "own", row, "own") for role in REACH for name, method in rows for row in ("child", "sibling", "parent", "other"))
    wrong = faults(world, calls, lambda role, name, method, place, row, body: allowed(role, name, method, place, row) or 404)
    assert wrong == []


def test_matrix__references_to_others_in_the_body(world: World) -> None:
    """A row of another group is unknown: nothing is written, and the answer says the same as of an id that nobody has."""
    foreign = ("child", "sibling", "parent", "other")
    calls = (
        (role, name, method, "own", "own", body)
        for role in ("owner", "owner of the parent", "platform owner")
        for name, method in REFERS
        for body in foreign
    )
    wrong = []
    for role, name, method, place, row, body in calls:
        if name in {"groups", "tokens"} and REACH[role].get(body):
            continue
        response = call(world, role, name, method, place, row, body)
        failed = response.json().get("failed") if response.status_code == 200 else None
        if response.status_code not in {404, 422} and failed != 1:
            wrong.append(f"{role}: {method} {name} with ids of {body}: {response.status_code} {response.content[:200]!r}")
    assert wrong == []


def test_matrix__hidden_and_missing_look_the_same(world: World) -> None:
    for name, method in CALLS:
        if "slug" not in next(str(route.pattern) for route in v1 if route.name == name):
            continue
        hidden = call(world, "owner", name, method, "other", "other", "other").json()
        path = address(name, method, world.places["other"], world.places["other"], "").replace(world.places["other"].group.slug, "nobody-has-this")
        missing = world.clients["owner"](method, path, BODIES.get((name, method), lambda p: None)(world.places["other"])).json()
        assert {**hidden, "instance": ""} == {**missing, "instance": ""}, (name, method)


def test_matrix__nobody_is_told_to_sign_in(world: World) -> None:
    for name, method in CALLS:
        response = Api()(method, address(name, method, world.places["own"], world.places["own"], world.tokens["owner"]))
        assert (response.status_code, "WWW-Authenticate" in response) == (401, True), (name, method)


def test_matrix__fails_when_a_scope_is_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with access to every group given to everybody, on a role that no policy binds, the matrix finds leaks."""
    monkeypatch.setattr(access, "_rights", lambda *_: frozenset(Right))
    answer = world.clients["owner"]("GET", address("things", "GET", world.places["other"], world.places["other"], ""))
    assert leaks(world, "owner", answer, "") == ["other"]


def test_policies__hold_without_any_scope_of_the_orm(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 2 of the bar: with the group left out of every condition the ORM makes, no read holds a foreign row; without policies, many do."""
    forget_groups(monkeypatch)
    bound, unbound = list[str](), list[str]()
    owner = world.clients["owner"]
    free = Api(token=owner.token, role=None)
    for name, method in CALLS:
        if method != "GET":
            continue
        path = address(name, method, world.places["own"], world.places["own"], world.tokens["owner"]) + "?"
        path = path.replace("??", "?")
        bound += [name for _ in leaks(world, "owner", owner(method, path), "")]
        unbound += [name for _ in leaks(world, "owner", free(method, path), "")[:1]]

    assert bound == []
    assert {"things", "connections", "events", "knowledge", "members", "group-children"} <= set(unbound)


def forget_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every condition on a group is left out of what the ORM asks."""
    from django.db.models import QuerySet

    remembered = QuerySet._filter_or_exclude

    def forgetful(self: Any, negate: bool, args: Any, kwargs: dict[str, Any]) -> Any:
        kept = {name: value for name, value in kwargs.items() if not re.match(r"(group|parent)(_id|__in|__slug)?$", name)}
        return remembered(self, negate, args, kept)

    monkeypatch.setattr(QuerySet, "_filter_or_exclude", forgetful)


def test_world__is_seen_whole_by_the_owner_of_the_tables(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT group_id) FROM ontology_thing")
        assert cursor.fetchone()[0] == len(PLACES)
