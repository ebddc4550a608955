"""Every route of the API, of every app."""

from archival.api.urls import v1 as archival_routes
from monitoring.api.performance_urls import platform
from monitoring.api.urls import v1 as monitoring_routes
from ontology.api.urls import v1 as ontology_routes
from quotas.api.urls import v1 as quotas_routes

v1 = [*ontology_routes, *quotas_routes, *archival_routes, *monitoring_routes]
__all__ = ["platform", "v1"]
