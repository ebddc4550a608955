"""A thing with its relationships: eight answers, defined in definitions.THING."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ontology.choices import Direction
from ontology.metrics.relationships import ROWS_DEFAULT, Relationship, relationships_page
from ontology.models import Knowledge, Thing
from ontology.services.bulk import query

KNOWLEDGE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ConnectionTypes:
    """The types of connections that lead to a thing and from it, in order of their names."""

    inbound: Sequence[str]
    outbound: Sequence[str]


@dataclass(frozen=True, slots=True)
class ThingSummary:
    """A thing with the first page of its connections each way, their exact counts and types, and its knowledge if asked for (else None)."""

    inbound: Sequence[Relationship]
    outbound: Sequence[Relationship]
    inbound_count: int
    outbound_count: int
    total_connections: int
    connection_types: ConnectionTypes
    knowledge: Sequence[Knowledge] | None
    last_computed: datetime
    computation_time: float


def thing_summary(thing: Thing, *, knowledge: bool = False) -> ThingSummary:
    """What is connected with THING, and with KNOWLEDGE its latest KNOWLEDGE_SHOWN pieces.

    At most six queries; pages cost what they show, the exact counts one read of the index entries of all its connections.
    """
    started, now = time.perf_counter(), timezone.now()
    to_it, from_it, inbound, outbound = query("connection_types", {"group": thing.group_id, "thing": thing.pk})[0]
    return ThingSummary(
        inbound=relationships_page(thing, Direction.INBOUND, ROWS_DEFAULT),
        outbound=relationships_page(thing, Direction.OUTBOUND, ROWS_DEFAULT),
        inbound_count=inbound,
        outbound_count=outbound,
        total_connections=inbound + outbound,
        connection_types=ConnectionTypes(to_it, from_it),
        knowledge=_knowledge(thing) if knowledge else None,
        last_computed=now,
        computation_time=(time.perf_counter() - started) * 1000,
    )


def _knowledge(thing: Thing) -> list[Knowledge]:
    linked = Knowledge.objects.filter(group=thing.group_id, thing_links__thing=thing, thing_links__deleted_at__isnull=True).live()
    return list(linked.distinct().defer("embedding").order_by("-id")[:KNOWLEDGE_SHOWN])
