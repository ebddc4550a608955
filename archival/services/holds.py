"""Legal holds: placed and lifted, each with an event."""

from django.db import transaction
from django.utils import timezone

from archival.errors import HoldForbids
from archival.models import LegalHold
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.record import event_record


def hold_place(group: Group, reason: str, *, actor: Actor) -> LegalHold:
    """Keeps everything of GROUP until the hold is lifted, also what was announced to be deleted. Four queries."""
    with transaction.atomic():
        hold: LegalHold = LegalHold.objects.create(group=group, reason=reason, placed_by=actor.person)
        event_record(
            group, "settings_updated", actor=actor, metadata={"change": "legal_hold", "old": {"held": False}, "new": {"held": True, "reason": reason}}
        )
    return hold


def hold_lift(hold: LegalHold, *, actor: Actor) -> LegalHold:
    """Ends HOLD; nothing for one that is lifted. Five queries.

    What was announced to be deleted before the hold is announced anew, with a whole grace period.
    """
    with transaction.atomic():
        found: LegalHold = LegalHold.objects.select_for_update().select_related("group").get(pk=hold.pk)
        if found.lifted_at is not None:
            return found
        found.lifted_at, found.lifted_by = timezone.now(), actor.person
        found.save(update_fields=["lifted_at", "lifted_by"])
        # The batches themselves are jobs' to write: the daily task takes an announcement back that is older than the hold's end.
        told = {"change": "legal_hold", "old": {"held": True, "reason": found.reason}, "new": {"held": False}}
        event_record(found.group, "settings_updated", actor=actor, metadata=told)
    return found


def demand_no_hold(group: Group, act: str) -> None:
    """Raises HoldForbids while a hold stands on GROUP; one query."""
    hold = LegalHold.objects.filter(group=group, lifted_at=None).first()
    if hold is not None:
        raise HoldForbids(group.slug, act, hold.reason)
