"""Row 5 of the bar: a forged scope and injected SQL, on a connection of the role that serves requests, get nothing."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from ontology.isolation import SETTING, Scope
from ontology.models import Event, Group, Thing
from tests.addresses import address
from tests.factories import make_event, make_group, make_thing
from tests.roles import scope_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mine() -> Group:
    return make_group()


@pytest.fixture
def theirs() -> Group:
    group = make_group()
    make_event(group, target=make_thing(group, name="Their secret"))
    return group


@pytest.fixture
def session(theirs: Group) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection of the role of requests, as an attacker would have it."""
    with psycopg.connect(address("app"), autocommit=True) as opened:
        yield opened


def forgeries(mine: Group, theirs: Group) -> dict[str, str]:
    sealed = scope_of(mine).sealed()
    person, groups, until, seal = sealed.split("|")
    return {
        "other group": f"{person}|{theirs.pk}|{until}|{seal}",
        "one group more": f"{person}|{groups},{theirs.pk}|{until}|{seal}",
        "everywhere": f"{person}|*|{until}|{seal}",
        "longer": f"{person}|{groups}|{int(until) + 1}|{seal}",
        "other person": f"{theirs.pk}|{groups}|{until}|{seal}",
        "no seal": f"{person}|{theirs.pk}|{until}|",
        "three parts": f"{person}|{theirs.pk}|{until}",
        "five parts": f"{person}|{theirs.pk}|{until}|x|{seal}",
        "words": "everything, please",
        "run out": expired(mine),
    }


def expired(group: Group) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ontology.isolation.SEAL_SECONDS", -1)
        return scope_of(group).sealed()


def told(session: "psycopg.Connection[tuple[object, ...]]", scope: str) -> str:
    """What the database says to a query within SCOPE: its rows, or why it refuses."""
    session.execute("SELECT set_config(%s, %s, false)", [SETTING, scope])
    try:
        return str(session.execute("SELECT name FROM ontology_thing").fetchall())
    except psycopg.errors.InsufficientPrivilege as refused:
        return str(refused)


def test_scope__forged_is_refused(mine: Group, theirs: Group, session: "psycopg.Connection[tuple[object, ...]]") -> None:
    answers = {name: told(session, forged) for name, forged in forgeries(mine, theirs).items()}

    assert len(answers) == 10
    assert {name: answer for name, answer in answers.items() if "not sealed" not in answer} == {}


def test_scope__of_another_installation_is_refused(mine: Group, session: "psycopg.Connection[tuple[object, ...]]", settings: Settings) -> None:
    settings.SECRET_KEY = "of another installation"
    session.execute("SELECT set_config(%s, %s, false)", [SETTING, Scope(everywhere=True).sealed()])

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not sealed"):
        session.execute("SELECT name FROM ontology_thing")


INJECTIONS = {
    "union own": "x' UNION SELECT name FROM ontology_thing --",
    "union": "nothing' UNION SELECT name FROM ontology_thing --",
    "partition": "nothing' UNION SELECT type FROM {partition} --",
    "keys": "nothing' UNION SELECT encode(inner_pad, 'hex') FROM ontology_context_key --",
    "owner": "nothing'; SET ROLE sextant; SELECT name FROM ontology_thing --",
    "unsealed": "nothing'; SELECT set_config('sextant.context', '|*|9999999999|', true); SELECT name FROM ontology_thing --",
    "no policies": "nothing'; SET row_security = off; SELECT name FROM ontology_thing --",
    "drop policy": "nothing'; ALTER TABLE ontology_thing DISABLE ROW LEVEL SECURITY; SELECT name FROM ontology_thing --",
    "shadow": "nothing'; CREATE FUNCTION public.ontology_claims(text, text) RETURNS text[] RETURN ARRAY['', '*']; SELECT '' --",
    "truncate": "nothing'; TRUNCATE ontology_thing CASCADE; SELECT '' --",
    "events": "nothing'; SELECT set_config('sextant.event_decision', 'erasure', true); DELETE FROM ontology_event; SELECT '' --",
    "reach": "nothing' UNION SELECT unnest(ontology_person_reach('|*|9999999999|', NULL))::text --",
    "search": "nothing' UNION SELECT ontology_things_named_like('THEIR%', '{theirs}', NULL, 9)::text --",
}


def injected(session: "psycopg.Connection[tuple[object, ...]]", mine: Group, text: str) -> set[object]:
    """What comes back of a door that puts TEXT into its SQL, in a request for the group MINE."""
    with psycopg.ClientCursor(session) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, scope_of(mine).sealed()])
        try:
            cursor.execute(f"SELECT name FROM ontology_thing WHERE name = '{text}")
            while cursor.nextset():
                pass
            return {value for row in (cursor.fetchall() if cursor.description else []) for value in row}
        except psycopg.Error:
            return set()
        finally:
            cursor.execute("COMMIT")


def test_injection__gets_nothing(mine: Group, theirs: Group, session: "psycopg.Connection[tuple[object, ...]]") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM ontology_event WHERE group_id = %s LIMIT 1", [theirs.pk])
        partition = cursor.fetchone()[0]
    thing = Thing.objects.get(group=theirs)
    before = Thing.objects.count(), Event.objects.count()
    own = make_thing(mine, name="nothing")

    found = {way: injected(session, mine, text.format(partition=partition, theirs=theirs.pk)) for way, text in INJECTIONS.items()}

    secrets = {thing.name, str(thing.pk), str(theirs.pk), "content_event"}
    assert {way: rows & secrets for way, rows in found.items() if rows & secrets} == {}
    assert found["union own"] >= {own.name}, "the injections are SQL that would work"
    assert (Thing.objects.count(), Event.objects.count()) == (before[0] + 1, before[1])
