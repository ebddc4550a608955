"""Computed metrics as they are answered: names as ontology/metrics/definitions.py has them, sums exactly, quotients as floats."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import orjson

from ontology.api.cases import camel
from ontology.api.rows import knowledge_told, relationship_told
from ontology.metrics import CreatorStats, CustomValue, CustomValues, Day, GroupMetrics, ThingSummary

QUOTIENTS = {"revenue_per_content", "avg_revenue_per_user"}
NAMES = {"storage_used_mb": "storageUsedMB"}


def number_told(amount: Decimal) -> orjson.Fragment:
    """AMOUNT with every digit it has."""
    return orjson.Fragment(format(amount.normalize(), "f").encode())


def measured(row: CreatorStats | GroupMetrics) -> dict[str, Any]:
    """The numbers of a creator or a group."""
    return {NAMES.get(field.name, camel(field.name)): _part(field.name, getattr(row, field.name)) for field in fields(row)}


def _part(name: str, value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if name in QUOTIENTS else number_told(value)
    if name == "computation_time":
        return round(value, 3)
    if name == "top_content_by_engagement":
        return [{"id": it.id, "type": it.type, "name": it.name, "connections": it.connections} for it in value]
    return value


def day_told(day: Day) -> dict[str, Any]:
    """A day of a group."""
    return {"day": day.day, "events": day.events, "revenue": number_told(day.revenue)}


def customs_told(found: CustomValues) -> dict[str, Any]:
    """The custom metrics of a group."""
    return {
        "items": [_custom(it) for it in found.items],
        "lastComputed": found.last_computed,
        "computationTime": round(found.computation_time, 3),
    }


def _custom(it: CustomValue) -> dict[str, Any]:
    metric = it.metric
    return {
        "name": metric.name,
        "title": metric.title,
        "description": metric.description,
        "eventType": metric.event_type,
        "conditions": metric.conditions,
        "aggregate": metric.aggregate,
        "sumKey": metric.sum_key,
        "windowDays": metric.window_days,
        "unit": metric.unit,
        "value": number_told(it.value),
        "days": [{"day": day.day, "value": number_told(day.value)} for day in it.days],
        "coldEventsMissing": it.cold_events_missing,
    }


def summary_told(found: ThingSummary) -> dict[str, Any]:
    """A thing with its relationships."""
    return {
        "inbound": [relationship_told(it) for it in found.inbound],
        "outbound": [relationship_told(it) for it in found.outbound],
        "inboundCount": found.inbound_count,
        "outboundCount": found.outbound_count,
        "totalConnections": found.total_connections,
        "connectionTypes": {"inbound": found.connection_types.inbound, "outbound": found.connection_types.outbound},
        "knowledge": None if found.knowledge is None else [knowledge_told(it) for it in found.knowledge],
        "lastComputed": found.last_computed,
        "computationTime": round(found.computation_time, 3),
    }
