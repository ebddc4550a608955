"""A thing's audit trail with its cold events."""

from django.contrib import admin

from archival.reading import around_elsewhere
from ontology.models import Thing

Present = type(admin.site.get_model_admin(Thing))
"""The pages of things as the apps below have made them."""
admin.site.unregister(Thing)


@admin.register(Thing)
class ArchivedThingAdmin(Present):  # type: ignore[valid-type, misc]
    """Things, whose trail goes on into the archive."""

    elsewhere = staticmethod(around_elsewhere)
