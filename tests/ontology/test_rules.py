"""The rules that the database keeps by itself: each named constraint refuses what breaks it, and none is without a test."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from ontology.ids import uuid7
from ontology.models import (
    CatalogueVersion,
    ColdKeys,
    ConnectionType,
    EmbeddingModel,
    Event,
    EventsAccepted,
    EventType,
    Group,
    IdempotencyKey,
    Knowledge,
    RunKept,
    RunLine,
    RunReject,
    RunWrite,
    Thing,
    ThingType,
)
from tests.answers import allow_copy, refused_by
from tests.factories import (
    MOMENT,
    make_carried_events,
    make_carried_metric,
    make_carried_targets,
    make_connection,
    make_custom_metric,
    make_event,
    make_group,
    make_knowledge,
    make_link,
    make_membership,
    make_person,
    make_run,
    make_thing,
    make_token,
)
from tests.faults.test_tenant_keys import KEYS

pytestmark = pytest.mark.django_db
NOT_JSON_OBJECT: list[Any] = []
EARLIER = datetime(1969, 12, 31, tzinfo=UTC)
LATE, EARLY = "2024-05-02T00:00:00Z", "2024-05-01T00:00:00Z"


def twice(make: Callable[..., Any], **fields: Any) -> object:
    make(**fields)
    return make(**fields)


def run_write(group: Group, **fields: Any) -> RunWrite:
    return RunWrite.objects.create(**{"run": make_run(), "group": group, "kind": "thing", "act": "created", "ids": [], **fields})


def with_vector(**fields: Any) -> Knowledge:
    EmbeddingModel.objects.get_or_create(name="small", dim=2)
    return make_knowledge(make_group(), **{"embedding": [1, 2], "embedding_model": "small", "embedding_dim": 2, **fields})


def reject(**fields: Any) -> RunReject:
    return RunReject.objects.create(**{"run": make_run(), "line": 1, "text": b"", **fields})


def type_of(model: type[Any], **fields: Any) -> object:
    return model.objects.create(**{"name": "a_type", "category": "core", **fields})


def kept_answer(**fields: Any) -> IdempotencyKey:
    return IdempotencyKey.objects.create(**{"key": "one", "request": b"", **fields})


def make_cold_keys(group: Group, **given: Any) -> ColdKeys:
    return ColdKeys.objects.create(
        **{"group": group, "month": MOMENT.date().replace(day=1), "bucket": 0, "batch": uuid7(), "keys": [uuid7()], **given}
    )


BREAKERS: dict[str, Callable[[Group], object]] = {
    "group_slug_is_unique": lambda g: make_group(slug=g.slug),
    "group_slug_is_lower_case_words": lambda g: make_group(slug="Upper"),
    "group_name_is_not_blank": lambda g: make_group(name=" \t"),
    "group_type_is_known": lambda g: make_group(type="club"),
    "group_visibility_is_known": lambda g: make_group(visibility="secret"),
    "group_join_policy_is_known": lambda g: make_group(join_policy="never"),
    "group_status_is_known": lambda g: make_group(status="lost"),
    "group_metadata_is_object": lambda g: make_group(metadata=NOT_JSON_OBJECT),
    "person_email_is_unique": lambda g: (make_person(email="ann@example.org"), make_person(email="ANN@example.org")),
    "person_email_has_at_sign": lambda g: make_person(email="ann"),
    "person_platform_role_is_known": lambda g: make_person(platform_role="king"),
    "membership_is_one_per_group_and_person": lambda g: twice(make_membership, group=g, person=make_person()),
    "membership_role_is_known": lambda g: make_membership(g, role="king"),
    "membership_permissions_is_list": lambda g: make_membership(g, permissions={}),
    "thing_external_id_is_unique_in_group": lambda g: twice(make_thing, group=g, external_id="one"),
    "thing_schema_version_is_0_or_1": lambda g: make_thing(g, schema_version=2),
    "thing_v1_has_group": lambda g: Thing.objects.create(group=None, type="note", name="N"),
    "thing_name_is_not_blank": lambda g: make_thing(g, name="\n "),
    "thing_properties_is_object": lambda g: make_thing(g, properties=NOT_JSON_OBJECT),
    "thing_status_is_known": lambda g: make_thing(g, status="lost"),
    "thing_external_id_is_not_empty": lambda g: make_thing(g, external_id=""),
    "connection_is_live_once": lambda g: twice(make_connection, group=g, start=make_thing(g), end=make_thing(g)),
    "connection_validity_is_ordered": lambda g: make_connection(g, valid_from=LATE, valid_to=EARLY),
    "connection_strength_is_0_to_1": lambda g: make_connection(g, strength=1.01),
    "connection_metadata_is_object": lambda g: make_connection(g, metadata=NOT_JSON_OBJECT),
    "event_metadata_is_object": lambda g: make_event(g, metadata=NOT_JSON_OBJECT),
    "event_timestamp_is_since_1970": lambda g: make_event(g, timestamp=EARLIER),
    "embedding_model_dim_is_1_to_16000": lambda g: EmbeddingModel.objects.create(name="a", dim=16_001),
    "knowledge_external_id_is_unique_in_group": lambda g: twice(make_knowledge, group=g, external_id="one"),
    "knowledge_vectors_of_a_model_share_a_dimension": lambda g: with_vector(embedding=[1], embedding_dim=1),
    "knowledge_type_is_known": lambda g: make_knowledge(g, type="poem"),
    "knowledge_vector_names_its_model": lambda g: with_vector(embedding_model=None),
    "knowledge_vector_has_its_dimension": lambda g: with_vector(embedding=[1, 2, 3]),
    "knowledge_metadata_is_object": lambda g: make_knowledge(g, metadata=NOT_JSON_OBJECT),
    "knowledge_chunk_is_object": lambda g: make_knowledge(g, chunk=NOT_JSON_OBJECT),
    "thing_knowledge_is_one_per_role": lambda g: twice(make_link, group=g, thing=make_thing(g), knowledge=make_knowledge(g)),
    "thing_knowledge_role_is_known": lambda g: make_link(g, role="friend"),
    "thing_knowledge_metadata_is_object": lambda g: make_link(g, metadata=NOT_JSON_OBJECT),
    "catalogue_version_is_one_row": lambda g: CatalogueVersion.objects.create(id=2),
    "thingtype_name_is_snake_case": lambda g: type_of(ThingType, name="Upper"),
    "thingtype_schema_is_object": lambda g: type_of(ThingType, schema=NOT_JSON_OBJECT),
    "connectiontype_name_is_snake_case": lambda g: type_of(ConnectionType, name="Upper"),
    "connectiontype_schema_is_object": lambda g: type_of(ConnectionType, schema=NOT_JSON_OBJECT),
    "eventtype_name_is_snake_case": lambda g: type_of(EventType, name="Upper"),
    "eventtype_schema_is_object": lambda g: type_of(EventType, schema=NOT_JSON_OBJECT),
    "eventtype_revenue_when_is_object": lambda g: type_of(EventType, revenue_when=NOT_JSON_OBJECT),
    "run_state_is_known": lambda g: make_run(state="lost"),
    "run_door_is_known": lambda g: make_run(door="window"),
    "run_parameters_is_object": lambda g: make_run(parameters=NOT_JSON_OBJECT),
    "run_cursor_is_object": lambda g: make_run(cursor=NOT_JSON_OBJECT),
    "run_reserved_is_object": lambda g: make_run(state="new", reserved=NOT_JSON_OBJECT),
    "run_ended_reserves_nothing": lambda g: make_run(state="succeeded", reserved={"entities_total": 1}),
    "run_parent_exists": lambda g: make_run(parent_id=uuid.uuid4()),
    "run_is_exclusive": lambda g: twice(make_run, state="new", exclusive="one"),
    "run_line_level_is_known": lambda g: RunLine.objects.create(run=make_run(), text="x", level="loud"),
    "run_write_kind_is_known": lambda g: run_write(g, kind="group"),
    "run_write_act_is_known": lambda g: run_write(g, act="guessed"),
    "run_keeps_a_row_once": lambda g: twice(RunKept.objects.create, run=make_run(), group=g, kind="thing", row_id=uuid.uuid4(), row={}),
    "run_reject_is_one_per_line": lambda g: twice(reject, run=make_run()),
    "run_reject_problems_is_list": lambda g: reject(problems={}),
    "api_token_digest_is_unique": lambda g: twice(make_token, digest=b"one"),
    "api_token_name_is_not_blank": lambda g: make_token(name=" "),
    "api_token_scopes_are_known": lambda g: make_token(scopes=["everything"]),
    "api_token_expires_after_it_was_made": lambda g: make_token(expires_at=EARLIER),
    "idempotency_key_is_once_per_person": lambda g: twice(kept_answer, person=make_person()),
    "idempotency_key_keeps_successes": lambda g: kept_answer(person=make_person(), status=404),
    "group_is_not_its_own_ancestor": lambda g: Group.objects.filter(pk=g.pk).update(parent=make_group(parent=make_group(parent=g))),
    "group_of_platform_stays": lambda g: Group.objects.filter(slug="platform").update(slug="renamed"),
    "carriedevents_counts_something": lambda g: make_carried_events(g, count=0),
    "carriedtargets_counts_something": lambda g: make_carried_targets(g, count=0),
    "carriedmetric_counts_something": lambda g: make_carried_metric(g, count=0),
    "events_accepted_month_is_a_first_day": lambda g: EventsAccepted.objects.create(group=g, month=MOMENT.date().replace(day=2), count=1),
    "cold_keys_month_is_a_first_day": lambda g: make_cold_keys(g, month=MOMENT.date().replace(day=2)),
    "cold_keys_bucket_is_a_byte": lambda g: make_cold_keys(g, bucket=256),
    "cold_keys_of_a_batch_are_kept_once": lambda g: twice(make_cold_keys, group=g, batch=uuid7()),
    "carried_events_are_carried_once": lambda g: twice(make_carried_events, group=g, batch=uuid7()),
    "carried_targets_are_carried_once": lambda g: twice(make_carried_targets, group=g, batch=uuid7(), target_id=uuid7()),
    "carried_metric_is_carried_once": lambda g: twice(make_carried_metric, group=g, batch=uuid7(), metric=make_custom_metric(g)),
    "carried_events_lie_in_their_day": lambda g: make_carried_events(g, day=MOMENT.date().replace(day=6)),
    "carried_metric_in_group": lambda g: make_carried_metric(g, metric=make_custom_metric(make_group())),
    "custom_metric_name_is_unique_in_group": lambda g: twice(make_custom_metric, group=g, name="same"),
    "custom_metric_name_is_snake_case": lambda g: make_custom_metric(g, name="Big Sales"),
    "custom_metric_aggregate_is_known": lambda g: make_custom_metric(g, aggregate="median"),
    "custom_metric_sums_a_key": lambda g: make_custom_metric(g, aggregate="sum"),
    "custom_metric_window_is_1_to_3660_days": lambda g: make_custom_metric(g, window_days=0),
    "custom_metric_conditions_is_list": lambda g: make_custom_metric(g, conditions={}),
    "custom_metric_path_values_is_object": lambda g: make_custom_metric(g, path_values=[]),
    "catalogue_type_is_kept": lambda g: ThingType.objects.filter(name="note").delete(),
}
TARGETS_OF_KEYS = {
    *("thing_id_is_unique_in_group", "knowledge_id_is_unique_in_group", "custom_metric_id_is_unique_in_group"),
    "embedding_model_has_one_dimension",
}
"""Unique because the id or name alone is: what composite keys refer to."""


@pytest.mark.parametrize("rule", BREAKERS)
def test_rules__refuse_what_breaks_them(rule: str) -> None:
    group = make_group()

    assert refused_by(lambda: BREAKERS[rule](group)) == rule


def declared() -> set[str]:
    """The names of the constraints in the models."""
    return {rule.name for model in apps.get_app_config("ontology").get_models() for rule in model._meta.constraints}


def enforced() -> set[str]:
    """The names of the rules in the database that Django did not make up: constraints, unique indexes and triggers of this app's tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH ours AS (SELECT oid FROM pg_class WHERE relname LIKE 'ontology\\_%%' AND NOT relispartition)
            SELECT conname FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours) AND contype IN ('c', 'f', 'u')
                AND conname NOT LIKE 'ontology\\_%%'
            UNION
            SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid IN (SELECT oid FROM ours) AND indisunique
                AND relname NOT LIKE 'ontology\\_%%'
            """.replace("%%", "%")
        )
        return {name for (name,) in cursor.fetchall()}


def test_rules__models_and_database_agree() -> None:
    assert enforced() == declared()


def test_rules__each_has_a_row_that_breaks_it() -> None:
    keys = {key.rule for key in KEYS}

    assert declared() == ((set(BREAKERS) | keys) & declared()) | TARGETS_OF_KEYS


def test_rules__all_are_in_force() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE NOT convalidated OR NOT conenforced"
            " UNION SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O'"
            " UNION SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("decision", ["", "whim"])
@pytest.mark.parametrize("table", ["ontology_event", "ontology_event_2026_03"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET metadata = '{{}}'",
        "UPDATE {} SET id = gen_random_uuid() WHERE false",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "MERGE INTO {} AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
        "MERGE INTO {} AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN UPDATE SET type = 'x'",
    ],
)
def test_rules__events_are_append_only(statement: str, table: str, decision: str) -> None:
    event = make_event(make_group())

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('sextant.event_decision', %s, true)", [decision])
            cursor.execute(statement.format(table))

    assert refused_by(act) == "event_is_append_only"
    assert Event.objects.filter(pk=event.pk, type="content_event").exists()


def test_rules__events_are_append_only_by_the_orm() -> None:
    event = make_event(make_group())
    event.type = "other"

    for act in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(type="x")):
        assert refused_by(act) == "event_is_append_only"


@pytest.mark.parametrize("decision", ["archival", "retention", "erasure", "migration"])
def test_rules__recorded_decision_removes_events(decision: str) -> None:
    event = make_event(make_group())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', %s, true)", [decision])

    Event.objects.filter(pk=event.pk).delete()

    assert not Event.objects.filter(pk=event.pk).exists()


@pytest.mark.parametrize("model", [ThingType, ConnectionType, EventType])
def test_rules__types_are_neither_deleted_nor_renamed(model: type[Any]) -> None:
    first = model.objects.order_by("name").first()

    assert refused_by(first.delete) == "catalogue_type_is_kept"
    assert refused_by(lambda: model.objects.filter(pk=first.pk).update(name="renamed")) == "catalogue_type_is_kept"


@pytest.mark.parametrize("way", ["sql", "copy"])
def test_rules__checks_hold_for_plain_sql_and_copy(way: str) -> None:
    group = make_group()

    def act() -> None:
        with connection.cursor() as cursor:
            if way == "sql":
                cursor.execute(
                    "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) VALUES (uuidv7(), %s, 'note', ' ', '{}', 'draft')",
                    [group.pk],
                )
                return
            statement = "COPY ontology_thing (id, group_id, type, name, properties, status) FROM STDIN"
            allow_copy("ontology_thing")
            with cursor.cursor.copy(statement) as copy:
                copy.write_row(("018f0000-0000-7000-8000-000000000000", group.pk, "note", " ", "{}", "draft"))

    assert refused_by(act) == "thing_name_is_not_blank"


def test_rules__blank_means_the_same_to_python_and_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT array_agg(n) FROM generate_series(1, 1114111) AS n WHERE n NOT BETWEEN 55296 AND 57343 AND chr(n) !~ '\S'")
        (blank,) = cursor.fetchone() or ([],)

    assert [hex(number) for number in blank if chr(number).strip()] == []


def test_rules__versions_and_moments_follow_every_change() -> None:
    thing = make_thing(make_group())

    Thing.objects.filter(pk=thing.pk).update(name="New")
    Thing.objects.filter(pk=thing.pk).update(name="New")

    changed = Thing.objects.get(pk=thing.pk)
    assert changed.version == 2
    assert changed.updated_at > thing.created_at
