"""Rows that come as objects, as their nouns answer them."""

from typing import Any

from ontology.metrics.relationships import Relationship
from ontology.metrics.trail import Entry
from ontology.models import Connection, Event, Knowledge, Thing


def thing_told(thing: Thing) -> dict[str, Any]:
    """A thing."""
    return {
        "id": thing.pk,
        "type": thing.type,
        "name": thing.name,
        "properties": thing.properties,
        "status": thing.status,
        "externalId": thing.external_id,
        "version": thing.version,
        "createdAt": thing.created_at,
        "updatedAt": thing.updated_at,
        "deletedAt": thing.deleted_at,
    }


def connection_told(connection: Connection) -> dict[str, Any]:
    """A connection."""
    return {
        "id": connection.pk,
        "from": connection.from_thing_id,
        "to": connection.to_thing_id,
        "type": connection.type,
        "metadata": connection.metadata,
        "strength": connection.strength,
        "validFrom": connection.valid_from,
        "validTo": connection.valid_to,
        "createdAt": connection.created_at,
        "updatedAt": connection.updated_at,
        "deletedAt": connection.deleted_at,
    }


def event_told(event: Event) -> dict[str, Any]:
    """An event."""
    return {
        "id": event.pk,
        "type": event.type,
        "actor": event.actor_id,
        "target": event.target_id,
        "person": event.person_id,
        "timestamp": event.timestamp,
        "metadata": event.metadata,
        "externalId": event.external_id,
        "createdAt": event.created_at,
    }


def knowledge_told(piece: Knowledge) -> dict[str, Any]:
    """A piece of knowledge, without its vector."""
    return {
        "id": piece.pk,
        "type": piece.type,
        "text": piece.text,
        "embeddingModel": piece.embedding_model,
        "embeddingDim": piece.embedding_dim,
        "source": piece.source_thing_id,
        "sourceField": piece.source_field,
        "chunk": piece.chunk,
        "labels": piece.labels,
        "metadata": piece.metadata,
        "externalId": piece.external_id,
        "createdAt": piece.created_at,
        "updatedAt": piece.updated_at,
        "deletedAt": piece.deleted_at,
    }


def thing_in_short(thing: Thing | None) -> dict[str, Any] | None:
    """A thing that another row names."""
    return None if thing is None else {"id": thing.pk, "type": thing.type, "name": thing.name, "status": thing.status}


def relationship_told(relationship: Relationship) -> dict[str, Any]:
    """A connection as one of its ends sees it."""
    connection, thing = connection_told(relationship.connection), thing_told(relationship.thing)
    return {"direction": relationship.direction.value, "connection": connection, "thing": thing}


def entry_told(entry: Entry) -> dict[str, Any]:
    """An event of an audit trail, read out."""
    return {
        "event": event_told(entry.event),
        "who": entry.who,
        "email": entry.email,
        "door": entry.door,
        "token": entry.token_id,
        "tokenPrefix": entry.token_prefix,
        "requestId": entry.request_id,
        "sent": entry.sent,
        "changes": [{"field": it.field, "old": it.old, "new": it.new, "had": it.had, "has": it.has} for it in entry.changes],
        "changesLeftOut": entry.changes_left_out,
    }
