"""Every kind of defect, planted past the rules that make it impossible: with keys and triggers taken away, as a careless operator might."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from archival.models import ArchiveObject
from ontology.models import Connection, Event, EventsAccepted, Group, Thing, ThingKnowledge
from ontology.services.record import partitions_ensure
from quotas.models import Usage
from tests import factories
from tests.factories import make_archive_batch, make_carried_events, make_event, make_group, make_knowledge

NOWHERE = uuid.UUID("0199a000-0000-7000-8000-000000000000")


def sql(text: str, **parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters or None)


PROPERTIES = {"product": {"price": 1, "currency": "EUR"}, "creator": {"role": "customer"}, "organization": {"plan": "pro"}}


def make_thing(group: Group, **fields: Any) -> Thing:
    """A thing that its type takes."""
    return factories.make_thing(group, **{"properties": PROPERTIES.get(fields.get("type", "product"), {}), **fields})


def make_connection(group: Group, start: Thing | None = None, end: Thing | None = None, **fields: Any) -> Connection:
    """A connection of things that their types take."""
    return factories.make_connection(group, start or make_thing(group, type="creator"), end or make_thing(group), **fields)


def make_link(group: Group) -> ThingKnowledge:
    """A link to a thing that its type takes."""
    return ThingKnowledge.objects.create(group=group, thing=make_thing(group), knowledge=make_knowledge(group), role="label")


@dataclass
class Planted:
    """The ids that a check must find, and no others; and the rules that had to go."""

    ids: set[str]
    rules: set[str] = field(default_factory=set)


def rules_drop(*rules: tuple[str, str]) -> set[str]:
    """Takes RULES (table, name) away for the rest of the test's transaction; their names."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in rules:
        sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return {name for _, name in rules}


def orphaned_connection(group: Group, other: Group) -> Planted:
    missing, deleted, whole = make_connection(group), make_connection(group), make_connection(group)
    rules = rules_drop(("ontology_connection", "connection_to_in_group"))
    Connection.objects.filter(pk=missing.pk).update(to_thing_id=NOWHERE)
    Thing.objects.filter(pk=deleted.from_thing_id).update(deleted_at=timezone.now())
    both = make_connection(group)
    Thing.objects.filter(pk__in=[both.from_thing_id, both.to_thing_id]).update(deleted_at=timezone.now())
    assert whole.pk
    return Planted({str(missing.pk), str(deleted.pk), str(both.pk)}, rules)


def cross_group_ref(group: Group, other: Group) -> Planted:
    foreign = make_thing(other)
    rules = rules_drop(
        ("ontology_connection", "connection_to_in_group"),
        ("ontology_knowledge", "knowledge_source_in_group"),
        ("ontology_thingknowledge", "thing_knowledge_thing_in_group"),
        ("ontology_thingknowledge", "thing_knowledge_knowledge_in_group"),
    )
    link, piece, ends, both = make_connection(group), make_knowledge(group), make_link(group), make_link(group)
    Connection.objects.filter(pk=link.pk).update(to_thing=foreign)
    type(piece).objects.filter(pk=piece.pk).update(source_thing=foreign)
    type(ends).objects.filter(pk=ends.pk).update(thing=foreign)
    type(both).objects.filter(pk=both.pk).update(knowledge=make_knowledge(other))
    events = [make_event(group, actor=make_thing(group)), make_event(group, target=make_thing(group)), make_event(group)]
    sql("SELECT set_config('sextant.event_decision', 'migration', true)")
    sql("ALTER TABLE ontology_event DISABLE TRIGGER event_references_stay_in_group")
    sql("UPDATE ontology_event SET actor_id = %(thing)s WHERE id = %(event)s", thing=foreign.pk, event=events[0].pk)
    sql("UPDATE ontology_event SET target_id = %(thing)s WHERE id = %(event)s", thing=foreign.pk, event=events[1].pk)
    sql("ALTER TABLE ontology_event ENABLE TRIGGER event_references_stay_in_group")
    return Planted({str(row.pk) for row in (link, piece, ends, both, *events[:2])}, rules)


def missing_group(group: Group, other: Group) -> Planted:
    rules = rules_drop(("ontology_thing", "thing_v1_has_group"))
    thing = Thing.objects.create(group=None, type="note", name="Nobody's")
    knowledge, event = make_knowledge(group), make_event(None)
    type(knowledge).objects.filter(pk=knowledge.pk).update(group=None)
    return Planted({str(row.pk) for row in (thing, knowledge, event)}, rules)


def invalid_metadata(group: Group, other: Group) -> Planted:
    wrong = make_event(group, type="user_login", metadata={})
    odd = make_event(group, type="user_login", metadata={"email": 7})
    unknown = make_event(group, type="never_heard_of", metadata={})
    make_event(group, type="user_login", metadata={"email": "ann@example.org"})
    make_event(group, type="user_login", metadata={"email": "ännchen@example.org"})
    return Planted({str(row.pk) for row in (wrong, odd, unknown)})


def malformed_properties(group: Group, other: Group) -> Planted:
    wrong = make_thing(group, type="creator", properties={"role": "pirate"})
    missing = make_thing(group, type="organization", properties={"slug": "a"})
    odd = make_thing(group, type="creator", properties={"role": "customer", "email": "no address"})
    unknown = make_thing(group, type="never_heard_of")
    make_thing(group, type="creator", properties={"role": "customer", "email": "ann@example.org"})
    make_thing(group, type="creator", properties={"role": "customer", "email": "o'hara+1@example.org"})
    make_thing(group, type="creator", properties={"role": "pirate"}, deleted_at=timezone.now())
    return Planted({str(row.pk) for row in (wrong, missing, odd, unknown)})


def forbidden_pair(group: Group, other: Group) -> Planted:
    back = make_connection(group, make_thing(group), make_thing(group, type="organization", properties={"plan": "pro"}), type="member_of")
    unknown = make_connection(group, type="never_heard_of")
    make_connection(group, type="part_of")
    return Planted({str(back.pk), str(unknown.pk)})


def cycle(group: Group, other: Group) -> Planted:
    things = [make_thing(group) for _ in range(6)]
    ring = [make_connection(group, things[n], things[(n + 1) % 4], type="part_of") for n in range(4)]
    make_connection(group, things[4], things[0], type="part_of")
    make_connection(group, things[2], things[5], type="part_of")
    return Planted({str(link.pk) for link in ring})


def orphaned_knowledge(group: Group, other: Group) -> Planted:
    link, half, cut, kept = make_link(group), make_link(group), make_knowledge(group, source_thing=make_thing(group)), make_link(group)
    Thing.objects.filter(pk__in=[link.thing_id, cut.source_thing_id]).update(deleted_at=timezone.now())
    type(cut).objects.filter(pk=half.knowledge_id).update(deleted_at=timezone.now())
    gone = make_thing(group, deleted_at=timezone.now())
    type(cut).objects.filter(pk=kept.knowledge_id).update(source_thing=gone)
    return Planted({str(link.pk), str(half.pk), str(cut.pk)})


def duplicate_connection(group: Group, other: Group) -> Planted:
    first = make_connection(group)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("DROP INDEX connection_is_live_once")
    again = [make_connection(group, first.from_thing, first.to_thing) for _ in range(2)]
    make_connection(group, first.from_thing, first.to_thing, deleted_at=timezone.now())
    return Planted({str(link.pk) for link in again}, {"connection_is_live_once"})


def usage_drift(group: Group, other: Group) -> Planted:
    make_thing(group)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    Usage.objects.filter(group=group, metric="entities_total", period="total", subject="").update(value=7)
    return Planted({f"{group.pk}:entities_total"})


def ledger_gap(group: Group, other: Group) -> Planted:
    event = make_event(group)
    EventsAccepted.objects.create(group=group, month=event.timestamp.date().replace(day=1), count=2)
    return Planted({f"{group.pk}:{event.timestamp:%Y-%m}"})


def batch_planted(group: Group, **fields: object) -> str:
    """A batch with what belongs to it, but for its object."""
    batch = make_archive_batch(group, **fields)
    ArchiveObject.objects.create(group=group, batch=batch, key=batch.key, state="kept")
    EventsAccepted.objects.create(group=group, month=batch.month, count=batch.rows)
    make_carried_events(group, batch=batch.pk, count=batch.rows)
    return str(batch.pk)


def rollup_drift(group: Group, other: Group) -> Planted:
    batch_planted(group)
    wrong, bare = batch_planted(group), batch_planted(group)
    sql("UPDATE ontology_carriedevents SET count = count + 1 WHERE batch = %(batch)s", batch=wrong)
    sql("DELETE FROM ontology_carriedevents WHERE batch = %(batch)s", batch=bare)
    stray = make_carried_events(group)
    return Planted({wrong, bare, str(stray.batch)})


def archive_object_missing(group: Group, other: Group) -> Planted:
    batch_planted(group)
    missing, damaged, removed = batch_planted(group, verification="missing"), batch_planted(group, verification="damaged"), batch_planted(group)
    ArchiveObject.objects.filter(batch=removed).update(state="removed")
    return Planted({missing, damaged, removed})


def stale_v0(group: Group, other: Group) -> Planted:
    old = make_thing(group, schema_version=0, updated_at=timezone.now() - timedelta(days=31))
    make_thing(group, schema_version=0, updated_at=timezone.now() - timedelta(days=29))
    return Planted({str(old.pk)})


def unvalidated_constraint(group: Group, other: Group) -> Planted:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE ontology_connection DROP CONSTRAINT connection_strength_is_0_to_1")
    sql("ALTER TABLE ontology_connection ADD CONSTRAINT connection_strength_is_0_to_1 CHECK (strength BETWEEN 0 AND 1) NOT VALID")
    sql("ALTER TABLE ontology_thing DROP CONSTRAINT thing_status_is_known")
    sql("ALTER TABLE ontology_thing DISABLE TRIGGER row_is_touched")
    return Planted({"connection_strength_is_0_to_1", "thing_status_is_known", "row_is_touched on ontology_thing"})


def missed_run(group: Group, other: Group) -> Planted:
    task = PeriodicTask.objects.get(task="archival.maintenance_daily")
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=timezone.now() - timedelta(days=3))
    return Planted({task.name})


def days_planted(group: Group, counts: dict[int, int]) -> None:
    """So many events at noon (UTC) of the day so many days ago."""
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    partitions_ensure([noon - timedelta(days=days) for days in counts])
    rows = [
        Event(group=group, type="content_event", timestamp=noon - timedelta(days=days, seconds=n))
        for days, count in counts.items()
        for n in range(count)
    ]
    Event.objects.bulk_create(rows)


def event_freshness(group: Group, other: Group) -> Planted:
    days_planted(group, dict.fromkeys(range(6, 27), 1))
    make_event(group, type="archival_completed", timestamp=timezone.now())
    days_planted(other, dict.fromkeys(range(1, 27), 1))
    return Planted({str(group.pk)})


def event_volume(group: Group, other: Group) -> Planted:
    usual = {1 + 7 * week: 60 for week in range(9)} | {2: 1}
    days_planted(other, usual)
    days_planted(group, usual | {1: 2})
    return Planted({str(group.pk)})


DEFECTS: dict[str, Callable[[Group, Group], Planted]] = {
    plant.__name__: plant
    for plant in (
        orphaned_connection,
        cross_group_ref,
        missing_group,
        invalid_metadata,
        malformed_properties,
        forbidden_pair,
        cycle,
        orphaned_knowledge,
        duplicate_connection,
        usage_drift,
        ledger_gap,
        rollup_drift,
        archive_object_missing,
        stale_v0,
        unvalidated_constraint,
        missed_run,
        event_freshness,
        event_volume,
    )
}


def two_groups() -> tuple[Group, Group]:
    return make_group(), make_group()
