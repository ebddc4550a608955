"""Pages of alerts: what is wrong, since when, who was told, and what may be done about it."""

from django.contrib import admin

from monitoring.models import Alert
from ontology.admin.site import ReadOnlyAdmin


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert]):
    """Episodes, the latest first."""

    list_display = ("name", "group", "severity", "state")
    list_select_related = ("group",)
