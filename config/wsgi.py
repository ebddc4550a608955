"""The web process; it does not start where tenants would not be kept apart."""

import os

from django.core.wsgi import get_wsgi_application

from ontology.checks import isolation_demand

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
isolation_demand()
