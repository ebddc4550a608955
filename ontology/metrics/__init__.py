"""Reads computed from the rows themselves, never stored: counts, relationships, activity, audit trails."""

from ontology.metrics.activity import ActivityPage, Around, Elsewhere, HotRows, person_activity, thing_activity
from ontology.metrics.audit import AuditTrail, DeletedPage, thing_audit
from ontology.metrics.counts import (
    COUNTED_EXACTLY_MAX,
    RECENT_DAYS,
    GroupCounts,
    GroupSize,
    TableSize,
    TypeCount,
    group_counts,
    group_revenue,
    group_sizes,
    table_sizes,
)
from ontology.metrics.relationships import Relationship, RelationshipsPage, thing_relationships
from ontology.metrics.trail import Change, Entry, entries, field_changes

__all__ = [
    "COUNTED_EXACTLY_MAX",
    "RECENT_DAYS",
    "ActivityPage",
    "Around",
    "AuditTrail",
    "Change",
    "DeletedPage",
    "Elsewhere",
    "Entry",
    "GroupCounts",
    "GroupSize",
    "HotRows",
    "Relationship",
    "RelationshipsPage",
    "TableSize",
    "TypeCount",
    "entries",
    "field_changes",
    "group_counts",
    "group_revenue",
    "group_sizes",
    "person_activity",
    "table_sizes",
    "thing_activity",
    "thing_audit",
    "thing_relationships",
]
