"""Registration of the ontology app, and of Django's accounts under names that fit beside it."""

from django.apps import AppConfig
from django.contrib.auth import apps as auth


class OntologyConfig(AppConfig):
    """The six dimensions: groups, people, things, connections, events, knowledge."""

    name = "ontology"
    verbose_name = "Ontology"
    default = True

    def ready(self) -> None:
        """Registers the system checks, and what happens at every sign-in."""
        from ontology import checks, sessions  # noqa: F401
        from ontology.migration import unfinished  # noqa: F401


class AccountsConfig(auth.AuthConfig):
    """Django's accounts; their groups of rights are called staff roles, for a group here is a tenant."""

    verbose_name = "Staff"

    def ready(self) -> None:
        """Renames for people only: migrations and the database know nothing of it."""
        super().ready()
        words = self.get_model("Group")._meta
        words.verbose_name, words.verbose_name_plural = "staff role", "staff roles"
