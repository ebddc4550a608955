"""Lists of events that go on into the archive: the same fields, filters, orders and cursors, whatever the tier."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from django.http import HttpRequest
from rest_framework.request import Request

from archival.choices import Tier
from archival.cold import ColdEvent, Question, count_archived, find_archived
from archival.errors import KeyErased, ReadTooLong, StoreError
from archival.reading import both_tiers
from ontology.api.filters import EventFilters
from ontology.api.pages import COUNT_MAX
from ontology.api.parameters import ALIASES
from ontology.api.refusals import Refusal
from ontology.api.views.events import EVENTS
from ontology.models import Event, Group

FIELDS = {
    "id": "id",
    "type": "type",
    "actor": "actor_id",
    "target": "target_id",
    "person": "person_id",
    "timestamp": "timestamp",
    "metadata": "metadata",
    "externalId": "external_id",
    "createdAt": "created_at",
}
"""The fields of an event over HTTP, and where a cold event has them: those of ontology.api.views.events.COLUMNS."""


def refusal_of_archive(failed: Exception) -> Refusal | Exception:
    """What a client is told when the archive cannot be read: 503 for what passes, 410 for what is gone for good; FAILED itself for all else."""
    if isinstance(failed, KeyErased):
        return Refusal(410, failed.code, str(failed))
    if isinstance(failed, StoreError):
        return Refusal(503, failed.code, "The archive cannot be read at the moment; try again, or ask with tier=hot.", headers={"Retry-After": "30"})
    if isinstance(failed, ReadTooLong):
        return Refusal(503, failed.code, str(failed), headers={"Retry-After": "30"})
    return failed


def events_page(group: Group, request: HttpRequest | Request, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the events of GROUP in the tier asked for: {items, next, hasMore}, with `count` also {count, countIsFloor}.

    Raises Refusal 400 for what cannot be read, and what find_archived raises.
    """
    listing, tier = EVENTS.listing, Tier(parameters["tier"])
    rows = EVENTS.filters.applied(request.GET, EVENTS.of(group), group)
    order, limit = listing.order(parameters), parameters["limit"]
    names = listing.columns.chosen(parameters)
    place = listing.place(parameters["cursor"], order) if parameters["cursor"] else None
    question = replace(question_of(group, request), after=place, descending=order.descending, limit=limit + 1)

    def hot() -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        if tier is Tier.COLD:
            return []
        behind = rows.filter(order.after(place)) if place else rows
        items, keys = listing.columns.read(behind.order_by(*order.by)[: limit + 1], names, order.columns)
        return list(zip(keys, items, strict=True))

    found, cold = both_tiers(hot, [question])
    both = dict([*found, *(((event.timestamp, event.id), cold_told(event, names)) for event in cold)])
    ordered = sorted(both.items(), key=lambda it: it[0], reverse=order.descending)
    page: dict[str, Any] = {
        "items": [item for _, item in ordered[:limit]],
        "next": listing.cursor(order, ordered[limit - 1][0]) if len(ordered) > limit else None,
    }
    page["hasMore"] = len(ordered) > limit
    if parameters["count"]:
        counted = 0 if tier is Tier.COLD else rows.order_by()[: COUNT_MAX + 1].count()
        counted += count_archived(question, limit=COUNT_MAX + 1)
        page |= {"count": min(counted, COUNT_MAX), "countIsFloor": counted > COUNT_MAX}
    return page


def question_of(group: Group, request: HttpRequest | Request) -> Question:
    """The filters of a REQUEST that were found good, as a question to the archive."""
    form = EventFilters({ALIASES.get(name, name): value for name, value in request.GET.items()}, queryset=Event.objects.none()).form
    form.is_valid()
    given = form.cleaned_data
    return Question(
        group,
        since=given.get("after"),
        until=given.get("before"),
        types=given.get("type") or (),
        actor=given.get("actor"),
        target=given.get("target"),
        thing=given.get("thing"),
        external_id=given.get("externalId") or None,
    )


def cold_told(event: ColdEvent, names: list[str]) -> dict[str, Any]:
    """A cold EVENT as hot ones are told, in the fields NAMES."""
    told = {name: getattr(event, FIELDS[name]) for name in names}
    if "metadata" in told:
        told["metadata"] = orjson.Fragment(event.metadata)
    return told


def one_cold(group: Group, row_id: Any) -> ColdEvent | None:
    """The cold event of GROUP with this id; None when there is none. As many objects as their manifests leave."""
    found = find_archived(Question(group, ids=[row_id], limit=1))
    return found[0] if found else None
