"""A group's page with its archive."""

from django.contrib import admin
from django.http import HttpRequest

from archival.admin.group_archive import VIEW_RIGHT, archive_url, may, tier_parts
from archival.services.status import tiers
from ontology.admin.group_page import Panel
from ontology.models import Group
from quotas import admin as quotas  # noqa: F401 -- whose page of a group this one goes on from

Present = type(admin.site.get_model_admin(Group))
"""The page of a group as the apps below have made it."""
admin.site.unregister(Group)


@admin.register(Group)
class ArchivedGroupAdmin(Present):  # type: ignore[valid-type, misc]
    """Groups, with the bar of their tiers."""

    def panels(self, request: HttpRequest, group: Group) -> list[Panel]:
        """Those of the apps below, and the tiers."""
        found: list[Panel] = super().panels(request, group)
        if not may(request, VIEW_RIGHT):
            return found
        told = {"title": "Hot, warm and cold events", "parts": tier_parts(tiers(group)), "url": archive_url(group.pk)}
        return [*found, Panel("admin/archival/parts/tiers.html", told)]
