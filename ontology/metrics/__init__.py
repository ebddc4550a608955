"""Reads computed from the rows themselves, never stored: counts, relationships, activity, audit trails."""

from ontology.metrics.activity import ActivityPage, Around, Elsewhere, HotRows, person_activity, thing_activity
from ontology.metrics.audit import AuditTrail, DeletedPage, thing_audit
from ontology.metrics.churn import ChurnPage, Risk, group_churn
from ontology.metrics.counts import (
    COUNTED_EXACTLY_MAX,
    RECENT_DAYS,
    GroupCounts,
    GroupSize,
    Happened,
    TableSize,
    TypeCount,
    group_counts,
    group_happened,
    group_sizes,
    table_sizes,
)
from ontology.metrics.creators import CreatorStats, creator_stats
from ontology.metrics.custom import TREND_DAYS, CustomValue, CustomValues, MetricDay, custom_metrics
from ontology.metrics.forecasts import Forecast, GroupForecast, group_forecast
from ontology.metrics.groups import Content, Day, GroupMetrics, group_days, group_metrics
from ontology.metrics.relationships import Relationship, RelationshipsPage, thing_relationships
from ontology.metrics.summaries import ConnectionTypes, ThingSummary, thing_summary
from ontology.metrics.trail import Change, Entry, entries, field_changes

__all__ = [
    "COUNTED_EXACTLY_MAX",
    "RECENT_DAYS",
    "TREND_DAYS",
    "ActivityPage",
    "Around",
    "AuditTrail",
    "Change",
    "ChurnPage",
    "ConnectionTypes",
    "Content",
    "CreatorStats",
    "CustomValue",
    "CustomValues",
    "Day",
    "DeletedPage",
    "Elsewhere",
    "Entry",
    "Forecast",
    "GroupCounts",
    "GroupForecast",
    "GroupMetrics",
    "GroupSize",
    "Happened",
    "HotRows",
    "MetricDay",
    "Relationship",
    "RelationshipsPage",
    "Risk",
    "TableSize",
    "ThingSummary",
    "TypeCount",
    "creator_stats",
    "custom_metrics",
    "entries",
    "field_changes",
    "group_churn",
    "group_counts",
    "group_days",
    "group_forecast",
    "group_happened",
    "group_metrics",
    "group_sizes",
    "person_activity",
    "table_sizes",
    "thing_activity",
    "thing_audit",
    "thing_relationships",
    "thing_summary",
]
