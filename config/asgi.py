"""The web process for servers that speak ASGI; it does not start where tenants would not be kept apart."""

import os

from django.core.asgi import get_asgi_application

from ontology.checks import isolation_demand

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
isolation_demand()
