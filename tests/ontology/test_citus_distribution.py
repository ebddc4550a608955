"""citus_distribution: every table has its place, and a key without the group is found, planted or real."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from ontology.services.distribution import distribution, distribution_faults

PLANTED = """
CREATE TABLE planted_whole (group_id uuid NOT NULL REFERENCES ontology_group (id), id uuid NOT NULL, number integer, PRIMARY KEY (group_id, id));
CREATE TABLE planted_fit (group_id uuid NOT NULL, id uuid NOT NULL, whole_id uuid, PRIMARY KEY (group_id, id),
    CONSTRAINT planted_fits FOREIGN KEY (group_id, whole_id) REFERENCES planted_whole (group_id, id));
CREATE TABLE planted_bad (group_id uuid NOT NULL, id uuid CONSTRAINT planted_key PRIMARY KEY, thing_id uuid CONSTRAINT planted_reference REFERENCES ontology_thing (id));
CREATE UNIQUE INDEX planted_expression ON planted_whole ((number + 1));
CREATE TABLE planted_loose (group_id uuid, id uuid PRIMARY KEY);
CREATE TABLE planted_everywhere (id uuid PRIMARY KEY, thing_id uuid CONSTRAINT planted_inwards REFERENCES ontology_thing (id));
"""


@pytest.mark.django_db
def test_distribution__finds_each_planted_fault_and_no_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLANTED)

    assert [fault for fault in distribution_faults(distribution()) if "planted" in fault] == [
        "planted_bad: the unique key planted_key does not hold group_id.",
        "planted_bad: the foreign key planted_reference to ontology_thing does not hold group_id.",
        "planted_everywhere: the foreign key planted_inwards refers to ontology_thing, which no server has whole.",
        "planted_loose: group_id may be empty, and a row without one has no place: Citus refuses it.",
        "planted_loose: the unique key planted_loose_pkey does not hold group_id.",
        "planted_whole: the unique key planted_expression does not hold group_id.",
    ]


@pytest.mark.django_db
def test_distribution__has_a_place_for_every_model() -> None:
    tables = {table.name: table for table in distribution()}

    assert {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed} <= set(tables)
    assert tables["ontology_group"].statement == "SELECT create_distributed_table('ontology_group', 'id');"
    assert tables["ontology_thing"].statement == "SELECT create_distributed_table('ontology_thing', 'group_id', colocate_with => 'ontology_group');"
    assert tables["ontology_thingtype"].statement == "SELECT create_reference_table('ontology_thingtype');"
    assert tables["auth_group_permissions"].by is None  # its group is one of rights, not a tenant


@pytest.mark.django_db
def test_citus_distribution__prints_statements_and_faults_and_fails_while_there_are_any() -> None:
    said = StringIO()
    with pytest.raises(CommandError, match=r"^\d+ keys and tables do not fit"):
        call_command("citus_distribution", stdout=said)

    lines = said.getvalue().splitlines()
    assert len([line for line in lines if line.startswith("SELECT create_")]) == len(distribution())
    assert [line.removeprefix("-- ") for line in lines if line.startswith("-- ")] == distribution_faults(distribution())


@pytest.mark.django_db
def test_distribution__what_the_dimensions_refer_to_lies_beside_them() -> None:
    six = ("membership", "thing", "connection", "event", "knowledge", "thingknowledge")

    found = [fault for fault in distribution_faults(distribution()) for name in six if fault.startswith(f"ontology_{name}:")]

    assert [fault for fault in found if "may be empty" not in fault and not fault.endswith("_pkey does not hold group_id.")] == []
