"""The rules of the database that there should be, by the models: to see whether each is there."""

from django.apps import apps
from django.db.models import UniqueConstraint

APPS = ("ontology", "quotas", "archival", "monitoring")


def rules_expected() -> tuple[list[str], list[str]]:
    """The names of all constraints of the models, and beside them their tables. No query."""
    found = [
        (constraint.name, model._meta.db_table)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
        for constraint in model._meta.constraints
        if not (isinstance(constraint, UniqueConstraint) and model._meta.db_table == "ontology_event")
    ]
    return [name for name, _ in found], [table for _, table in found]
