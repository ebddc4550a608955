"""The record of what belongs to no tenant: people, their rights, staff settings. Whoever acts, it is written in the platform's group."""

from collections.abc import Mapping
from typing import Any

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group
from ontology.services.actor import Actor
from ontology.services.record import event_record


def platform_event(event_type: str, *, actor: Actor, metadata: Mapping[str, Any]) -> Event:
    """One event in the platform's group, inside the caller's transaction, by the platform's own scope."""
    with acting(PLATFORM_SCOPE):
        return event_record(Group.objects.platform(), event_type, actor=actor, metadata=metadata)


def setting_record(kind: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any], *, actor: Actor) -> Event | None:
    """The event `settings_updated` {change, name, from, to} of what differs between OLD and NEW; none when nothing does.

    OLD is empty for what was made, NEW for what was deleted.
    """
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    if not changed:
        return None
    told = {"from": {key: old[key] for key in changed if key in old}, "to": {key: new[key] for key in changed if key in new}}
    return platform_event("settings_updated", actor=actor, metadata={"change": kind, "name": name, **told})
