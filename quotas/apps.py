"""Registration of the quotas app."""

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Plans, limits and usage."""

    name = "quotas"
    verbose_name = "Quotas"
