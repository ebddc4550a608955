"""The API: /api/v1/, thin over the services."""
