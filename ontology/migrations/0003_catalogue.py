"""The shipped types, the first version of the catalogue, and the platform's own group."""

from dataclasses import asdict

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from ontology.catalogue.shipped import shipped_catalogue


def _load(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Adds what is missing, so that the migration may run again over rows that staff edited."""
    apps.get_model("ontology", "CatalogueVersion").objects.get_or_create(id=1)
    shipped = shipped_catalogue()
    for name, types in (("ThingType", shipped.things), ("ConnectionType", shipped.connections), ("EventType", shipped.events)):
        model = apps.get_model("ontology", name)
        known = {field.name for field in model._meta.fields}
        rows = [model(**{field: value for field, value in asdict(shipped_type).items() if field in known}) for shipped_type in types]
        model.objects.bulk_create(rows, ignore_conflicts=True)
    apps.get_model("ontology", "Group").objects.get_or_create(
        slug="platform",
        defaults={"name": "Platform", "type": "organization", "visibility": "private", "description": "The platform's own record"},
    )


class Migration(migrations.Migration):
    """The catalogue as shipped."""

    dependencies = [("ontology", "0002_rules")]

    operations = [migrations.RunPython(_load, migrations.RunPython.noop)]
