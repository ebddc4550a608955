"""Row 9 of the bar: every way to write, roll back, move, cascade and restore leaves recorded usage equal to the rows."""

import io
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Thing
from ontology.services.deletions import thing_delete, thing_restore
from ontology.services.knowledge import knowledge_insert
from ontology.services.thing_changes import things_update
from ontology.services.things import things_insert
from quotas.models import Delta, Override, Usage
from quotas.services.recount import usage_drift
from tests.factories import MOMENT, make_connection, make_event, make_group, make_knowledge, make_membership, make_person, make_thing
from tests.roles import as_role

pytestmark = pytest.mark.django_db(transaction=True)
ROW = "(uuidv7(), %(group)s, 'note', 'Thing ' || n, '{\"a\": 1}', 'active')"
INSERT = f"INSERT INTO ontology_thing (id, group_id, type, name, properties, status) SELECT {ROW.strip('()')} FROM generate_series(1, 5) AS n"
type Way = Callable[[Group, Group], None]


def sql(text: str, **parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)


def rolled_back(one: Group, other: Group) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        make_thing(one)
        raise ZeroDivisionError


def savepoint(one: Group, other: Group) -> None:
    with transaction.atomic():
        make_thing(one)
        with suppress(ZeroDivisionError), transaction.atomic():
            make_thing(one)
            raise ZeroDivisionError
        make_thing(one)


def upsert(one: Group, other: Group) -> None:
    things_insert(one, [{"type": "note", "name": "A", "external_id": "a"}])
    sql(
        "INSERT INTO ontology_thing (id, group_id, type, name, properties, status, external_id) SELECT uuidv7(), %(g)s, 'note', 'Longer', '{}', 'active', k "
        "FROM unnest(ARRAY['a', 'b']) AS k ON CONFLICT (group_id, external_id) DO UPDATE SET name = excluded.name, properties = '{\"b\": [1, 2, 3]}'",
        g=one.pk,
    )


def merge(one: Group, other: Group) -> None:
    for name in "abc":
        make_thing(one, external_id=name)
    sql(
        "MERGE INTO ontology_thing AS t USING (VALUES ('a'), ('b'), ('d')) AS s (k) ON t.group_id = %(g)s AND t.external_id = s.k "
        "WHEN MATCHED AND s.k = 'a' THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'Renamed at length' "
        "WHEN NOT MATCHED THEN INSERT (id, group_id, type, name, properties, status, external_id) VALUES (uuidv7(), %(g)s, 'note', 'D', '{}', 'active', s.k)",
        g=one.pk,
    )


def cte_move(one: Group, other: Group) -> None:
    make_thing(one)
    sql(
        "WITH gone AS (DELETE FROM ontology_thing WHERE group_id = %(one)s RETURNING *) INSERT INTO ontology_thing "
        "(id, group_id, type, name, properties, status) SELECT uuidv7(), %(other)s, type, name, properties, status FROM gone",
        one=one.pk,
        other=other.pk,
    )


def update_of_group(one: Group, other: Group) -> None:
    thing = make_thing(one, properties={"long": "x" * 5_000})
    Thing.objects.filter(pk=thing.pk).update(group=other)


def cascade(one: Group, other: Group) -> None:
    person = make_person()
    make_membership(one, person)
    make_membership(other, person)
    person.delete()


def group_deleted(one: Group, other: Group) -> None:
    gone = make_group(plan="starter")
    make_membership(gone)
    thing = make_thing(gone)
    with transaction.atomic():
        sql("DELETE FROM ontology_membership WHERE group_id = %(g)s", g=gone.pk)
        Thing.objects.filter(pk=thing.pk).delete()
        sql("DELETE FROM quotas_subscription WHERE group_id = %(g)s", g=gone.pk)
        sql("DELETE FROM ontology_group WHERE id = %(g)s", g=gone.pk)
    assert not Usage.objects.filter(group_id=gone.pk).exists()
    assert not Delta.objects.filter(group_id=gone.pk).exists()


def copy_of_two(one: Group, other: Group) -> None:
    lines = "".join(f"{uuid.uuid4()}\t{group.pk}\tnote\tCopied\t{{}}\tactive\n" for group in (one, other, one))
    sql("ALTER TABLE ontology_thing NO FORCE ROW LEVEL SECURITY")
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(  # type: ignore[union-attr]
            "COPY ontology_thing (id, group_id, type, name, properties, status) FROM STDIN"
        ) as stream,
    ):
        stream.write(io.StringIO(lines).read())
    sql("ALTER TABLE ontology_thing FORCE ROW LEVEL SECURITY")


def truncate(one: Group, other: Group) -> None:
    make_thing(one)
    for table in ("ontology_thing", "ontology_connection", "ontology_knowledge", "ontology_membership"):
        with pytest.raises(DatabaseError, match="metered"):
            sql(f"TRUNCATE {table} CASCADE")
    assert Thing.objects.in_group(one).count() == 1


def into_partition(one: Group, other: Group) -> None:
    make_event(one)
    sql(
        f"INSERT INTO ontology_event_{MOMENT:%Y_%m} (id, group_id, type, timestamp, metadata) VALUES (uuidv7(), %(g)s, 'content_event', %(at)s, '{{}}')",
        g=one.pk,
        at=MOMENT,
    )


def deleted_and_restored(one: Group, other: Group) -> None:
    thing, friend = make_thing(one), make_thing(one)
    make_connection(one, thing, friend, metadata={"since": 2020})
    make_knowledge(one, source_thing=thing, text="A text", metadata={"lang": "en"})
    thing_delete(thing)
    assert usage_drift() == []
    assert Thing.objects.in_group(one).live().count() == 1
    thing_restore(thing)


def bulk_and_bulk_update(one: Group, other: Group) -> None:
    things_insert(one, [{"type": "note", "name": f"N{n}", "external_id": str(n)} for n in range(50)])
    things_update(one, [{"external_id": str(n), "properties": {"text": "longer" * n}} for n in range(50)])
    knowledge_insert(one, [{"type": "chunk", "text": "some words", "embedding": [1, 2, 3], "embedding_model": "m"}])


def legacy_gets_its_group(one: Group, other: Group) -> None:
    legacy = Thing.objects.create(group=None, schema_version=0, type="note", name="Old", properties={"a": 1})
    Thing.objects.filter(pk=legacy.pk).update(group=one, schema_version=1)


def as_the_role_of_requests(one: Group, other: Group) -> None:
    with as_role("app"), acting(PLATFORM_SCOPE):
        things_insert(one, [{"type": "note", "name": "By app"}])
        with transaction.atomic():
            sql(INSERT, group=one.pk)


def constraints_immediate(one: Group, other: Group) -> None:
    with transaction.atomic():
        make_thing(one)
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        make_thing(one)
        make_thing(other)
        sql("SET CONSTRAINTS ALL DEFERRED")
        make_thing(one).delete()


def refused_at_commit(one: Group, other: Group) -> None:
    with pytest.raises(IntegrityError, match="more would exceed the limit"):
        together(lambda: make_thing(other), *[lambda: make_thing(one)] * 101)


def together(*acts: Callable[[], object]) -> None:
    """ACTS in one transaction."""
    with transaction.atomic():
        for act in acts:
            act()


def moves_both_ways(one: Group, other: Group) -> None:
    here, there = make_thing(one), make_thing(other)
    sql(
        "UPDATE ontology_thing SET group_id = CASE group_id WHEN %(one)s THEN %(other)s ELSE %(one)s END WHERE id IN (%(a)s, %(b)s)",
        one=one.pk,
        other=other.pk,
        a=here.pk,
        b=there.pk,
    )


WAYS: dict[str, tuple[Way, int, int]] = {
    "rollback": (rolled_back, 0, 0),
    "savepoint": (savepoint, 2, 0),
    "upsert": (upsert, 2, 0),
    "MERGE": (merge, 3, 0),
    "move in a CTE": (cte_move, 0, 1),
    "update of the group": (update_of_group, 0, 1),
    "cascade": (cascade, 0, 0),
    "deletion of a group": (group_deleted, 0, 0),
    "COPY of two groups": (copy_of_two, 2, 1),
    "TRUNCATE": (truncate, 1, 0),
    "straight into a partition": (into_partition, 0, 0),
    "deletion and restoration": (deleted_and_restored, 2, 0),
    "bulk calls": (bulk_and_bulk_update, 50, 0),
    "legacy row gets its group": (legacy_gets_its_group, 1, 0),
    "role of requests": (as_the_role_of_requests, 6, 0),
    "constraints made immediate": (constraints_immediate, 2, 1),
    "refusal at COMMIT": (refused_at_commit, 0, 0),
    "exchange of two groups": (moves_both_ways, 1, 1),
}


@pytest.mark.parametrize("plan", ["starter", "enterprise"])
@pytest.mark.parametrize("way", WAYS)
def test_usage__equals_the_rows_after(way: str, plan: str) -> None:
    if (way, plan) == ("refusal at COMMIT", "enterprise"):
        plan = "starter"
    one, other = make_group(plan=plan), make_group(plan=plan)
    write, here, there = WAYS[way]

    write(one, other)

    assert usage_drift() == []
    assert (recorded(one), recorded(other)) == (here, there)


def recorded(group: Group, metric: str = "entities_total", subject: str = "") -> int:
    """Usage of GROUP, what is not folded yet included."""
    row = Usage.objects.get(group=group, metric=metric, subject=subject, period="total")
    return row.value + sum(Delta.objects.filter(group=group, metric=metric, subject=subject).values_list("value", flat=True))


def test_drift__finds_what_was_written_past_the_triggers() -> None:
    """The control: with triggers off, the count is found to differ."""
    group = make_group()
    sql("ALTER TABLE ontology_thing DISABLE TRIGGER usage_counts_inserts")
    make_thing(group, name="Unseen")
    sql("ALTER TABLE ontology_thing ENABLE TRIGGER usage_counts_inserts")

    found = usage_drift(group)

    assert [(row.metric, row.recorded, row.counted) for row in found] == [("entities_total", 0, 1), ("storage_gb", 0, 14)]
    assert found[0].cause.startswith("Fewer are recorded than there are")


def test_types__are_counted_by_themselves_once_limited() -> None:
    group = make_group()
    make_thing(group, type="note")
    make_thing(group, type="product")

    override = Override.objects.create(
        group=group, metric="entities_total", per="type", type_name="note", value=3, reason="Fewer notes", starts_at=MOMENT
    )
    make_thing(group, type="note")
    with pytest.raises(IntegrityError, match="things of type note"):
        together(*[lambda: make_thing(group, type="note")] * 2)
    Thing.objects.filter(group=group, type="product").update(type="note")
    with pytest.raises(IntegrityError, match="things of type note"):
        make_thing(group, type="note")

    assert usage_drift() == []
    assert recorded(group, subject="type:note") == 3
    override.delete()
    make_thing(group, type="note")
    assert recorded(group, subject="type:note") == 4
