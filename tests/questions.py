"""Questions of lists and searches to a tenant, each asked with and without policies in the way."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from ontology.models import Connection, Event, Group, Thing
from ontology.querysets import FOUND_BY_NAME_MAX

type Question = Callable[[Group], QuerySet[Any]]


def some_thing(group: Group) -> Thing:
    """A thing out of the middle."""
    thing: Thing = Thing.objects.get(group=group, external_id="ext-77")
    return thing


INDEXED: dict[str, Question] = {
    "thing by id": lambda g: Thing.objects.filter(group=g, pk=some_thing(g).pk),
    "thing by external_id": lambda g: Thing.objects.filter(group=g, external_id="ext-99"),
    "latest 100 things": lambda g: Thing.objects.in_group(g).live().order_by("-id")[:100],
    "latest 100 things of a type": lambda g: Thing.objects.in_group(g).live().of_type("product").order_by("-id")[:100],
    "outbound connections of a thing": lambda g: Connection.objects.in_group(g).live().filter(from_thing=some_thing(g)),
    "inbound connections of a thing": lambda g: Connection.objects.in_group(g).live().filter(to_thing=some_thing(g)),
    "latest 100 connections": lambda g: Connection.objects.in_group(g).live().order_by("-id")[:100],
    "latest 100 events": lambda g: Event.objects.in_group(g).order_by("-timestamp", "-id")[:100],
    "latest 100 events of a type": lambda g: Event.objects.in_group(g).filter(type="content_event").order_by("-timestamp")[:100],
    "events by an actor": lambda g: Event.objects.in_group(g).filter(actor=some_thing(g)).order_by("-timestamp"),
    "events since a moment": lambda g: Event.objects.in_group(g).filter(timestamp__gte="2026-03-01T20:00:00Z").order_by("-timestamp", "-id")[:100],
}
"""Answered by b-tree indexes."""
SEARCHES: dict[str, tuple[Question, Question]] = {
    "things named like a rare word": (
        lambda g: Thing.objects.in_group(g).named_like("a1b2c", group_id=g.pk).order_by("-id"),
        lambda g: Thing.objects.in_group(g).filter(name__icontains="a1b2c").order_by("-id"),
    ),
    "things named like a common word": (
        lambda g: Thing.objects.in_group(g).named_like("thing", group_id=g.pk).order_by("-id")[:100],
        lambda g: Thing.objects.filter(
            pk__in=Thing.objects.in_group(g).filter(name__icontains="thing").order_by("-id")[:FOUND_BY_NAME_MAX].values("pk")
        ).order_by("-id")[:100],
    ),
}
"""Searches: as they are asked behind policies, and as one would ask without them."""
