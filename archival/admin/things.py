"""A thing's audit trail with its cold events."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse

from archival.errors import KeyErased, ReadTooLong, StoreError
from archival.reading import around_elsewhere
from ontology.models import Thing

Present: Any = type(admin.site.get_model_admin(Thing))
"""The pages of things as the apps below have made them."""
admin.site.unregister(Thing)


@admin.register(Thing)
class ArchivedThingAdmin(Present):  # type: ignore[misc]
    """Things, whose trail goes on into the archive."""

    elsewhere = staticmethod(around_elsewhere)

    def audit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The trail; where the archive cannot be read, what the database has of it, and a word that older events are missing."""
        try:
            answer: HttpResponse = super().audit_view(request, object_id)
        except (StoreError, KeyErased, ReadTooLong) as failed:
            messages.warning(request, f"The archive cannot be read at the moment, so its events are missing here. {failed}")
            answer = Present(self.model, self.admin_site).audit_view(request, object_id)
        return answer
