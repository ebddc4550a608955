"""Makes the database take scopes sealed with the present SECRET_KEY."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from ontology.database_roles import context_keys_set


class Command(BaseCommand):
    """After SECRET_KEY has changed: the database takes it and those of SECRET_KEY_FALLBACKS, and no other."""

    help = "Run this after changing SECRET_KEY, as the owner of the tables, before the web and worker processes start with the new one."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sets the keys in one transaction."""
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        context_keys_set(connection, secrets)
        self.stdout.write(f"The database takes scopes sealed with {len(secrets)} key{'s' if len(secrets) > 1 else ''}.")
