"""Keys of tenants are looked at with each statement as before; a rollback may let them wait until its end, in whatever order rows come back."""

from django.db import migrations

from ontology.migrations.sql import PATIENCE

KEYS = (
    ("ontology_connection", "connection_from_in_group"),
    ("ontology_connection", "connection_to_in_group"),
    ("ontology_knowledge", "knowledge_source_in_group"),
    ("ontology_knowledge", "knowledge_vectors_of_a_model_share_a_dimension"),
    ("ontology_thingknowledge", "thing_knowledge_thing_in_group"),
    ("ontology_thingknowledge", "thing_knowledge_knowledge_in_group"),
    ("ontology_membership", "membership_creator_in_group"),
)


class Migration(migrations.Migration):
    """A change of the catalog alone; no row is read."""

    dependencies = [("ontology", "0030_migration_marks")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT DEFERRABLE",
            )
            for table, name in KEYS
        ),
    ]
