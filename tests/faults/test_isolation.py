"""What stands behind rows 2 to 4 of the bar: without a scope nothing is seen or written, with one its rows alone."""

import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from ontology.isolation import PLATFORM_SCOPE, Scope, acting
from ontology.models import ApiToken, Connection, Event, Group, IdempotencyKey, Knowledge, Membership, Run, RunReject, Thing, ThingKnowledge
from ontology.services.things import things_insert
from tests.factories import (
    make_connection,
    make_event,
    make_group,
    make_knowledge,
    make_link,
    make_membership,
    make_person,
    make_run,
    make_token,
)
from tests.roles import as_role, scope_of

pytestmark = pytest.mark.django_db
TABLES = (Membership, Thing, Connection, Event, Knowledge, ThingKnowledge, Run, ApiToken)
ROLES = ("app", "worker")


def fill(group: Group) -> Group:
    make_membership(group)
    make_connection(group)
    make_event(group)
    make_link(group)
    make_token(group=group)
    RunReject.objects.create(run=make_run(group=group), line=1, text=b"")
    return group


@pytest.fixture
def mine() -> Group:
    return fill(make_group())


@pytest.fixture
def theirs() -> Group:
    return fill(make_group())


def groups_seen() -> dict[str, set[uuid.UUID | None]]:
    seen: dict[str, set[uuid.UUID | None]] = {model.__name__: set(model._default_manager.values_list("group_id", flat=True)) for model in TABLES}
    return seen | {
        "Group": set(Group.objects.values_list("pk", flat=True)),
        "RunReject": set(RunReject.objects.values_list("run__group_id", flat=True)),
    }


@pytest.mark.parametrize("role", ROLES)
def test_isolation__no_scope_sees_nothing(mine: Group, theirs: Group, role: str) -> None:
    with as_role(role):
        assert all(seen == set() for seen in groups_seen().values())


@pytest.mark.parametrize("role", ROLES)
def test_isolation__scope_sees_its_group_in_every_table(mine: Group, theirs: Group, role: str) -> None:
    with as_role(role), acting(scope_of(mine)):
        assert {name: seen for name, seen in groups_seen().items() if seen != {mine.pk}} == {}


def test_isolation__platform_sees_all(mine: Group, theirs: Group) -> None:
    with as_role("worker"), acting(PLATFORM_SCOPE):
        assert all({mine.pk, theirs.pk} <= seen for seen in groups_seen().values())


def test_isolation__nested_scopes_come_back(mine: Group, theirs: Group) -> None:
    with as_role():
        with acting(scope_of(mine)):
            with acting(scope_of(theirs)):
                assert set(Thing.objects.values_list("group_id", flat=True)) == {theirs.pk}
            assert set(Thing.objects.values_list("group_id", flat=True)) == {mine.pk}
        assert not Thing.objects.exists()


def test_isolation__rolled_back_savepoint_keeps_the_scope(mine: Group, theirs: Group) -> None:
    with as_role(), acting(scope_of(mine)):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(scope_of(theirs)), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert set(Thing.objects.values_list("group_id", flat=True)) == {mine.pk}


WRITES: dict[str, Callable[[Group], object]] = {
    "insert": lambda group: Thing.objects.create(group=group, type="note", name="N"),
    "bulk": lambda group: things_insert(group, [{"type": "note", "name": "N"}]),
    "event": lambda group: make_event(group),
    "group": lambda group: make_group(parent=group),
    "membership": lambda group: make_membership(group, make_person()),
    "token": lambda group: make_token(group=group),
    "run": lambda group: make_run(group=group),
}


@pytest.mark.parametrize("way", WRITES)
def test_isolation__row_of_another_group_is_refused(mine: Group, theirs: Group, way: str) -> None:
    with as_role(), acting(scope_of(mine)), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        WRITES[way](theirs)


def test_isolation__row_cannot_be_moved_to_another_group(mine: Group, theirs: Group) -> None:
    note = make_knowledge(mine)
    with as_role(), acting(scope_of(mine)), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Knowledge.objects.filter(pk=note.pk).update(group=theirs)


def test_isolation__rows_of_another_group_are_neither_changed_nor_deleted(mine: Group, theirs: Group) -> None:
    with as_role(), acting(scope_of(mine)):
        assert Knowledge.objects.filter(group=theirs).update(text="mine now") == 0
        assert Membership.objects.filter(group=theirs).delete()[0] == 0

    assert not Knowledge.objects.filter(text="mine now").exists()
    assert Membership.objects.filter(group=theirs).exists()


def test_isolation__kept_answers_are_their_persons(mine: Group) -> None:
    ann, ben = make_person(), make_person()
    IdempotencyKey.objects.create(person=ann, key="one", request=b"", status=200, body=b"secret")

    with as_role(), acting(Scope(frozenset({mine.pk}), person_id=ben.pk)):
        assert not IdempotencyKey.objects.exists()
    with as_role(), acting(Scope(frozenset({mine.pk}), person_id=ann.pk)):
        assert IdempotencyKey.objects.count() == 1
