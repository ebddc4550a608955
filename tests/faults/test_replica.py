"""A streaming replica answers reads: never another tenant's rows, never without what its reader wrote, never at the price of a failed request."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.contrib import admin
from django.db import OperationalError, connection, connections
from django.test import Client
from django.urls import reverse

from config.replica import Replica, kill
from monitoring.models import Alert
from ontology import replica
from ontology.isolation import PLATFORM_SCOPE, SETTING, acting
from ontology.models import Group, Thing
from ontology.services.tokens import checksum
from tests.addresses import address
from tests.api_routes import v1
from tests.factories import make_group, make_membership, make_staff, make_thing, staff_sign_in
from tests.ontology.api.client import make_token
from tests.replicas import Line, replica_made
from tests.roles import scope_of
from tests.serving import serving

pytestmark = pytest.mark.django_db(transaction=True)
LAG_SECONDS = 2
PATIENCE_SECONDS = 15


@dataclass
class Site:
    """A web process with a primary and a replica behind lines that can be cut."""

    at: str
    primary: Line
    line: Line
    server: Replica

    def ask(self, path: str, token: str = "", body: Any = None, **headers: str) -> tuple[int, Message, Any]:
        """Status, headers and body; a body that is sent makes it a POST."""
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
        sent = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.at}{path}", sent, {**given, **headers}), timeout=30) as answer:
                return answer.status, answer.headers, _read(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, _read(refused)

    def names(self, group: Group, token: str) -> tuple[str, set[str]]:
        """Where the things of GROUP were read from, and their names."""
        status, headers, page = self.ask(f"/api/v1/groups/{group.slug}/things/", token)
        assert status == 200
        return headers["Sextant-Read-From"], {item["name"] for item in page["items"]}

    def mend(self) -> None:
        """The primary is back, and everybody notices."""
        self.primary.mend()
        time.sleep(replica.AWAY_SECONDS + 0.1)

    def replay(self, what: str) -> None:
        """Stops (`pause`) or lets go on (`resume`) what the replica takes over."""
        with psycopg.connect(port_of(self.server.port(), "postgres", self.server.secret["postgres"]), autocommit=True) as session:
            session.execute(f"SELECT pg_wal_replay_{what}()")


def _read(answer: Any) -> Any:
    text = answer.read().decode()
    return json.loads(text) if "json" in answer.headers["Content-Type"] else text


def port_of(port: int | None, user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{port}/{connection.settings_dict['NAME']}"


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    with django_db_blocker.unblock(), replica_made() as (server, port):
        url = urlsplit(address("app"))
        assert url.port is not None
        primary, line = Line(url.port), Line(port)
        at_replica = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{line.port}").geturl()
        more = {"REPLICA_URL": at_replica, "REPLICA_LAG_SECONDS": str(LAG_SECONDS), "WATCH_FROM_WEB": "1", "LOG_LEVEL": "CRITICAL"}
        with serving(["config.wsgi", "--workers", "1", "--threads", "4"], primary.port, more) as at:
            yield Site(at, primary, line, server)


@pytest.fixture
def group(site: Site) -> Group:
    """A group with a thing that the replica has, and reads that go there."""
    found = make_group()
    make_thing(found, name="old")
    token = make_token(make_membership(found).person)
    until(lambda: site.names(found, token) == ("replica", {"old"}))
    return found


def token_in(group: Group) -> str:
    return make_token(make_membership(group, role="group_user").person)


def replicated(site: Site, token: str, group: Group) -> None:
    until(lambda: site.names(group, token)[0] == "replica")


def test_replica__shows_who_wrote_their_own_writes(site: Site, group: Group) -> None:
    writer, reader = token_in(group), token_in(group)
    replicated(site, reader, group)
    site.replay("pause")
    try:
        status, headers, _ = site.ask(f"/api/v1/groups/{group.slug}/things/", writer, {"type": "product", "name": "new", "properties": PRICE})
        of_writer, of_reader = site.names(group, writer), site.names(group, reader)
    finally:
        site.replay("resume")

    assert (status, headers["Sextant-Read-From"]) == (201, "primary")
    assert of_writer == ("primary", {"old", "new"})
    assert of_reader == ("replica", {"old"})  # it is the replica indeed: it does not know yet
    until(lambda: site.names(group, writer) == ("replica", {"old", "new"}))


PRICE = {"price": 1, "currency": "EUR"}


def test_replica__keeps_tenants_apart(site: Site, group: Group) -> None:
    stranger = make_group()
    make_thing(stranger, name="another's")
    token, other = token_in(group), token_in(stranger)
    replicated(site, other, stranger)

    assert site.names(group, token) == ("replica", {"old"})
    assert site.ask(f"/api/v1/groups/{stranger.slug}/things/", token)[0] == 404
    url = urlsplit(address("app"))
    with psycopg.connect(port_of(site.server.port(), url.username or "", url.password or "")) as session:
        assert session.execute("SELECT name FROM ontology_thing").fetchall() == []
        session.execute("SELECT set_config(%s, %s, true)", [SETTING, scope_of(group).sealed()])
        assert session.execute("SELECT name FROM ontology_thing").fetchall() == [("old",)]
        assert session.execute("SELECT count(*) FROM ontology_thing WHERE group_id = %s", [stranger.pk]).fetchall() == [(0,)]
        forged = scope_of(group).sealed().replace(str(group.pk), str(stranger.pk))
        session.execute("SELECT set_config(%s, %s, true)", [SETTING, forged])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT name FROM ontology_thing")


def test_replica__that_lags_is_left_alone_and_told(site: Site, group: Group) -> None:
    token = token_in(group)
    replicated(site, token, group)
    site.replay("pause")
    try:
        make_thing(group, name="later")
        until(lambda: site.names(group, token) == ("primary", {"old", "later"}))
        until(lambda: Alert.objects.filter(name="replica_unfit", state="open").exists())
    finally:
        site.replay("resume")

    alert = Alert.objects.get(name="replica_unfit")
    assert (alert.severity, alert.category, alert.threshold) == ("warning", "database", LAG_SECONDS)
    assert "s behind; reads go to the primary" in alert.summary
    until(lambda: site.names(group, token) == ("replica", {"old", "later"}))


def test_replica__gives_reads_that_write_to_the_primary(site: Site, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {**settings.DATABASES["default"], "HOST": "127.0.0.1", "PORT": str(site.server.port())}
    monkeypatch.setitem(settings.DATABASES, "replica", there)
    monkeypatch.setattr(replica, "standing", replica.Standing())
    person, calls = make_membership(group).person, list[str]()

    def act() -> Thing:
        calls.append(replica.place_of_reads())
        return make_thing(group, name="written by a read")

    connections["replica"].connect()  # a session that is there needs no leave of the test's
    try:
        until(lambda: replica.read(replica.place_of_reads, person.pk) == "replica")
        made = replica.read(act, person.pk)
        replica.written(person.pk)
    finally:
        connections["replica"].close()

    assert calls == ["replica", "primary"]
    assert Thing.objects.get(name="written by a read").pk == made.pk
    assert replica.standing.barred_until == 0  # it was no fault of the replica


def test_replica__pages_of_the_admin_come_from_it(site: Site, group: Group) -> None:
    cookie = staff_cookie()
    until(lambda: "old" in site.ask("/admin/ontology/thing/", Cookie=cookie)[2])
    site.replay("pause")
    try:
        make_thing(group, name="not yet there")
        listed = site.ask("/admin/ontology/thing/", Cookie=cookie)[2]
        form = site.ask(f"/admin/ontology/thing/{Thing.objects.get(name='not yet there').pk}/change/", Cookie=cookie)
    finally:
        site.replay("resume")

    assert "not yet there" not in listed
    assert (form[0], "not yet there" in form[2]) == (200, True)  # what begins a write is read fresh


def staff_cookie() -> str:
    client = Client()
    staff_sign_in(client, make_staff())
    return f"sessionid={client.cookies['sessionid'].value}"


def test_replica__killed__no_read_fails(site: Site, group: Group) -> None:
    token = token_in(group)
    replicated(site, token, group)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(site.names, group, token) for _ in range(20)]
        kill(site.server)
        asked += [pool.submit(site.names, group, token) for _ in range(40)]
        told = [one.result() for one in asked]
    until(lambda: site.server.pid() is None)

    assert {names == {"old"} for _, names in told} == {True}
    assert told[-1][0] == "primary"
    until(lambda: Alert.objects.filter(name="replica_unfit", state="open").exists())
    site.line.to = site.server.start()
    replicated(site, token, group)


def places(group: Group, thing: Thing, person: Any) -> list[str]:
    """The address of every read of a group that the API has, and of every list of the admin."""
    ids = {"slug": group.slug, "person": str(person.pk), "id": str(thing.pk)}
    found = []
    for route in v1:
        words = {name: ids.get(name) for name in route.pattern.converters}
        view = getattr(route.callback, "view_class", None)
        if view is not None and "GET" in view.operations and None not in words.values() and "progress" not in str(route.pattern):
            found.append("/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part, words=words: words[part[1]], str(route.pattern)))
    names = [model._meta for model in admin.site._registry]
    return found + [reverse(f"admin:{name.app_label}_{name.model_name}_changelist") for name in names]


def test_replica__can_answer_every_read(site: Site, group: Group) -> None:
    token, cookie = make_token(make_membership(group, role="group_owner").person), staff_cookie()
    member = group.memberships.first()
    assert member is not None
    asked = places(group, group.things.get(), member.person)
    replicated(site, token, group)
    until(lambda: site.ask("/admin/", Cookie=cookie)[0] == 200)
    site.primary.cut()
    try:
        until(lambda: site.names(group, token)[0] == "replica; primary is away")
        told = {
            path: site.ask(path, *([token] if path.startswith("/api/") else []), **({} if path.startswith("/api/") else {"Cookie": cookie}))
            for path in asked
        }
    finally:
        site.mend()

    assert len(asked) > 60
    refused = {path: (status, answer["Retry-After"]) for path, (status, answer, _) in told.items() if status >= 500}
    staged = {
        f"/api/v1/groups/{group.slug}/{name}/" for name in ("quality", "integrity", "export")
    }  # read by way of a table, or after the answer began
    assert refused == dict.fromkeys(staged, (503, "5"))
    assert {headers["Sextant-Read-From"] for _, headers, _ in told.values()} == {"replica; primary is away"}


def test_primary_away__reads_go_on_and_writes_are_refused(site: Site, group: Group) -> None:
    token, cookie = token_in(group), staff_cookie()
    things = f"/api/v1/groups/{group.slug}/things/"
    replicated(site, token, group)
    until(lambda: "old" in site.ask("/admin/ontology/thing/", Cookie=cookie)[2])
    site.primary.cut()
    try:
        reads = [site.names(group, token) for _ in range(5)]
        page = site.ask("/admin/ontology/thing/", Cookie=cookie)
        write = site.ask(things, token, {"type": "product", "name": "lost", "properties": PRICE})
        unknown = site.ask(things, f"sxt_{'0' * 40}{checksum('0' * 40)}")
        alive = site.ask("/healthz")
    finally:
        site.mend()

    assert reads == [("replica; primary is away", {"old"})] * 5
    assert (page[0], page[1]["Sextant-Read-From"], "old" in page[2]) == (200, "replica; primary is away", True)
    assert (write[0], write[1]["Retry-After"], write[2]["code"]) == (503, "5", "unavailable")
    assert (unknown[0], unknown[1]["Retry-After"]) == (503, "5")  # not 401: nobody throws a token away that the replica merely has not got yet
    assert alive[0] == 200
    until(lambda: site.ask(things, token, {"type": "product", "name": "kept", "properties": PRICE})[0] == 201)
    assert set(Thing.objects.filter(group=group).values_list("name", flat=True)) == {"old", "kept"}


def test_primary__that_broke_a_request_off_is_looked_at_again() -> None:
    """As in the middle of a request: the session was found sound when it began, and is gone before the next transaction."""
    connection.ensure_connection()
    connection.health_check_enabled = connection.health_check_done = True
    with psycopg.connect(address("owner"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    with acting(PLATFORM_SCOPE), pytest.raises(OperationalError):
        connection.set_autocommit(False)

    assert replica.primary_answers()

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
