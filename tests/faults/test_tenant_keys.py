"""Another tenant's id in every key, by every way to write: refused by the database, by the rule's name, with nothing stored."""

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb

from ontology.models import Connection, Event, Group, Knowledge, Membership, Thing, ThingKnowledge
from ontology.services.record import partitions_ensure
from tests.answers import allow_copy, refused_by
from tests.factories import MOMENT, make_connection, make_event, make_group, make_knowledge, make_link, make_membership, make_person, make_thing

pytestmark = pytest.mark.django_db
PARTITION = "ontology_event_2026_03"


class Key(NamedTuple):
    """A column that refers to a row of the same group, and the name of its rule."""

    model: type[models.Model]
    field: str
    rule: str


KEYS = (
    Key(Membership, "creator", "membership_creator_in_group"),
    Key(Connection, "from_thing", "connection_from_in_group"),
    Key(Connection, "to_thing", "connection_to_in_group"),
    Key(Knowledge, "source_thing", "knowledge_source_in_group"),
    Key(ThingKnowledge, "thing", "thing_knowledge_thing_in_group"),
    Key(ThingKnowledge, "knowledge", "thing_knowledge_knowledge_in_group"),
    Key(Event, "actor", "event_actor_in_group"),
    Key(Event, "target", "event_target_in_group"),
)
GROUPS = (
    Key(Thing, "group", "ontology_thing_group_id_fk"),
    Key(Knowledge, "group", "ontology_knowledge_group_id_fk"),
    Key(Membership, "group", "ontology_membership_group_id_fk"),
    Key(Event, "group", "event_group_exists"),
)


@pytest.fixture
def mine() -> Group:
    partitions_ensure([MOMENT])
    return make_group()


@pytest.fixture
def theirs() -> Group:
    return make_group()


def sound(model: type[models.Model], group: Group) -> models.Model:
    """An unsaved row of MODEL that breaks no rule."""
    if model is Membership:
        return Membership(group=group, person=make_person(), creator=make_thing(group))
    if model is Connection:
        return Connection(group=group, from_thing=make_thing(group), to_thing=make_thing(group), type="part_of")
    if model is Knowledge:
        return Knowledge(group=group, type="label", text="green", source_field="", source_thing=make_thing(group))
    if model is ThingKnowledge:
        return ThingKnowledge(group=group, thing=make_thing(group), knowledge=make_knowledge(group), role="label")
    if model is Thing:
        return Thing(group=group, type="note", name="Note")
    return Event(group=group, type="content_event", actor=make_thing(group), target=make_thing(group), timestamp=MOMENT)


def foreign(key: Key, group: Group) -> uuid.UUID:
    """The id of a row of GROUP that KEY could mean; for a group's own key one that is nowhere."""
    if key.field == "group":
        return uuid.UUID(int=7)
    return make_knowledge(group).pk if key.field == "knowledge" else make_thing(group).pk


def columns(row: models.Model, table: str = "") -> tuple[str, dict[str, Any]]:
    """The table and the values of ROW as plain SQL names them."""
    fields = [field for field in row._meta.concrete_fields if field.attname not in {"created_at", "updated_at", "embedding"}]
    values = {field.column: (getattr(row, field.attname), isinstance(field, models.JSONField)) for field in fields}
    return table or row._meta.db_table, {name: Jsonb(value) if is_json else value for name, (value, is_json) in values.items()}


def run(statement: sql.Composed, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values.values()))


def by_orm(row: models.Model) -> None:
    row.save(force_insert=True)


def by_bulk_create(row: models.Model) -> None:
    type(row)._default_manager.bulk_create([row])


def by_sql(row: models.Model, table: str = "") -> None:
    table, values = columns(row, table)
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    run(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, sql.SQL(", ").join([sql.Placeholder()] * len(values))), values
    )


def by_merge(row: models.Model, table: str = "") -> None:
    table, values = columns(row, table)
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(values))
    run(
        sql.SQL("MERGE INTO {} AS t USING (SELECT 1) AS s ON false WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})").format(
            sql.Identifier(table), names, marks
        ),
        values,
    )


def by_copy(row: models.Model, table: str = "") -> None:
    table, values = columns(row, table)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, values)))
    allow_copy(table)
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        copy.write_row(list(values.values()))


def into_partition(way: Callable[[models.Model, str], None]) -> Callable[[models.Model], None]:
    return lambda row: way(row, PARTITION)


INSERTS: dict[str, Callable[[models.Model], None]] = {
    "orm": by_orm,
    "bulk_create": by_bulk_create,
    "sql": by_sql,
    "merge": by_merge,
    "copy": by_copy,
}
PARTITION_INSERTS = {"sql": into_partition(by_sql), "merge": into_partition(by_merge), "copy": into_partition(by_copy)}


@pytest.mark.parametrize("way", INSERTS)
@pytest.mark.parametrize("key", KEYS + GROUPS, ids=lambda key: key.rule)
def test_tenant_keys__insert(mine: Group, theirs: Group, key: Key, way: str) -> None:
    row = sound(key.model, mine)
    setattr(row, f"{key.field}_id", foreign(key, theirs))
    if key.field == "group":
        for other in ("actor_id", "target_id", "source_thing_id", "creator_id"):
            if hasattr(row, other):
                setattr(row, other, None)

    rule = refused_by(lambda: INSERTS[way](row))

    assert rule == key.rule or (key.field == "group" and rule.startswith(f"ontology_{key.model.__name__.lower()}_group_id"))


@pytest.mark.parametrize("way", INSERTS)
@pytest.mark.parametrize("model", dict.fromkeys(key.model for key in KEYS), ids=lambda model: model.__name__)
def test_tenant_keys__sound_row_is_stored(mine: Group, model: type[models.Model], way: str) -> None:
    row = sound(model, mine)

    INSERTS[way](row)

    assert model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("way", PARTITION_INSERTS)
@pytest.mark.parametrize("key", [key for key in (*KEYS, *GROUPS) if key.model is Event], ids=lambda key: key.rule)
def test_tenant_keys__insert_into_a_partition(mine: Group, theirs: Group, key: Key, way: str) -> None:
    row = sound(Event, mine)
    setattr(row, f"{key.field}_id", foreign(key, theirs))

    assert refused_by(lambda: PARTITION_INSERTS[way](row)) == key.rule


@pytest.mark.parametrize("key", [key for key in KEYS if key.model is not Event], ids=lambda key: key.rule)
@pytest.mark.parametrize("way", ["save", "update", "bulk_update", "sql"])
def test_tenant_keys__update(mine: Group, theirs: Group, key: Key, way: str) -> None:
    row = sound(key.model, mine)
    row.save(force_insert=True)
    other, manager, attname = foreign(key, theirs), key.model._default_manager, f"{key.field}_id"

    def act() -> object:
        if way == "update":
            return manager.filter(pk=row.pk).update(**{attname: other})
        if way == "sql":
            names = (sql.Identifier(key.model._meta.db_table), sql.Identifier(attname))
            return run(sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(*names), {"value": other, "id": row.pk})
        setattr(row, attname, other)
        return row.save() if way == "save" else manager.bulk_update([row], [attname])

    assert refused_by(act) == key.rule


@pytest.mark.parametrize("key", [key for key in KEYS if key.model is not Event], ids=lambda key: key.rule)
def test_tenant_keys__row_moved_away_from_what_it_names(mine: Group, theirs: Group, key: Key) -> None:
    row = sound(key.model, mine)
    row.save(force_insert=True)

    rule = refused_by(lambda: key.model._default_manager.filter(pk=row.pk).update(group=theirs))

    assert rule in {other.rule for other in KEYS if other.model is key.model}


@pytest.mark.parametrize("make", [make_connection, make_link, make_membership], ids=lambda make: make.__name__)
def test_tenant_keys__named_row_moved_away(mine: Group, theirs: Group, make: Callable[..., models.Model]) -> None:
    row = make(mine) if make is not make_membership else make_membership(mine, creator=make_thing(mine))
    thing_id = next(getattr(row, name) for name in ("from_thing_id", "thing_id", "creator_id") if hasattr(row, name))

    rule = refused_by(lambda: Thing.objects.filter(pk=thing_id).update(group=theirs))

    assert rule in {key.rule for key in KEYS}


@pytest.mark.parametrize("field", ["actor", "target"])
def test_tenant_keys__thing_moved_away_from_its_events(mine: Group, theirs: Group, field: str) -> None:
    thing = make_thing(mine)
    make_event(mine, **{field: thing})

    assert refused_by(lambda: Thing.objects.filter(pk=thing.pk).update(group=theirs)) == "event_references_follow_thing"


@pytest.mark.parametrize("key", [key for key in KEYS if key.model is Event], ids=lambda key: key.rule)
def test_tenant_keys__even_a_recorded_decision_keeps_events_in_their_group(mine: Group, theirs: Group, key: Key) -> None:
    event, other = make_event(mine), foreign(key, theirs)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL sextant.event_decision = 'migration'")

    assert refused_by(lambda: Event.objects.filter(pk=event.pk).update(**{f"{key.field}_id": other})) == key.rule


def test_tenant_keys__many_rows_with_one_foreign_store_none(mine: Group, theirs: Group) -> None:
    good = [Connection(group=mine, from_thing=make_thing(mine), to_thing=make_thing(mine), type="part_of") for _ in range(20)]
    bad = Connection(group=mine, from_thing=make_thing(mine), to_thing=make_thing(theirs), type="part_of")

    assert refused_by(lambda: Connection.objects.bulk_create([*good, bad])) == "connection_to_in_group"


WHO_REFERS = sql.SQL("EXPLAIN SELECT 1 FROM ONLY ontology_connection AS x WHERE %s = group_id AND %s = {column} FOR KEY SHARE OF x")


def test_thing__goes_without_a_look_at_every_connection() -> None:
    """What its keys ask: the plan must not read the table, whatever else the connections are."""
    group = make_group()
    for _ in range(60):
        make_connection(group)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ontology_connection")
        cursor.execute("SET LOCAL enable_seqscan = off")
        for column, index in (("from_thing_id", "connection_by_from"), ("to_thing_id", "connection_by_to")):
            cursor.execute(WHO_REFERS.format(column=sql.Identifier(column)), [group.pk, group.pk])
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert index in plan, plan
