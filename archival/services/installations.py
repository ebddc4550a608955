"""Which installation this is: only the one that the archive belongs to writes and deletes."""

import secrets

from django.conf import settings
from django.db import transaction

from archival.errors import ForeignInstallation
from archival.models import Installation
from archival.sql import rows
from ontology.services.actor import Actor
from ontology.services.platform_record import setting_record


def installation_here() -> Installation:
    """The installation, made at the first call. Raises ForeignInstallation in a copy of another's database; two queries."""
    place = _place()
    found, _ = Installation.objects.get_or_create(pk=1, defaults={"name": secrets.token_hex(6), "place": place})
    if found.place != place:
        raise ForeignInstallation(found.place, place)
    return found


def installation_adopt(*, actor: Actor) -> Installation:
    """Makes this database the archive's owner, under a name of its own, after it was copied or moved; leaves an event. Four queries and more."""
    with transaction.atomic():
        found, _ = Installation.objects.select_for_update().get_or_create(pk=1, defaults={"name": secrets.token_hex(6), "place": _place()})
        before = {"name": found.name, "place": found.place}
        if found.place != _place():
            found.name, found.place = secrets.token_hex(6), _place()
            found.save()
            setting_record("installation", found.name, before, {"name": found.name, "place": found.place}, actor=actor)
    return found


def _place() -> str:
    ((server, database),) = rows("installation_place", {})
    return f"{server}:{database}@{settings.ARCHIVE_PLACE}"
