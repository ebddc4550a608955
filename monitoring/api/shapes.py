"""Shapes of alerts."""

from rest_framework import serializers

from monitoring.choices import AlertState, Category, Severity


class AlertShape(serializers.Serializer):
    """An episode of one condition."""

    id = serializers.UUIDField(help_text="The alert's id.")
    name = serializers.CharField(help_text="What was crossed.")
    category = serializers.ChoiceField(Category.choices, help_text="What it is about.")
    state = serializers.ChoiceField(AlertState.choices, help_text="recovering: healthy, but not yet for long enough to be over.")
    severity = serializers.ChoiceField(Severity.choices, help_text="How bad it is now.")
    summary = serializers.CharField(help_text="In a sentence.")
    value = serializers.FloatField(allow_null=True, help_text="What was measured.")
    threshold = serializers.FloatField(allow_null=True, help_text="What it crossed.")
    details = serializers.DictField(help_text="What the check told besides.")
    openedAt = serializers.DateTimeField(help_text="When it was crossed.")
    seenAt = serializers.DateTimeField(help_text="When it was last looked at.")
    resolvedAt = serializers.DateTimeField(allow_null=True, help_text="When the episode ended.")
    acknowledgedAt = serializers.DateTimeField(allow_null=True, help_text="When somebody said that they are at it.")
    snoozedUntil = serializers.DateTimeField(allow_null=True, help_text="Until when nothing of it is told.")


class Alerts(serializers.Serializer):
    """Alerts, the latest first."""

    items = AlertShape(many=True, help_text="The alerts.")


SHOWN = {
    "id": "01a21449-e902-7791-8664-31cb440106ae",
    "name": "orphaned_connection",
    "category": "data_quality",
    "state": "open",
    "severity": "critical",
    "summary": "3 connections have an end that is missing or deleted.",
    "value": 3.0,
    "threshold": 0.0,
    "details": {},
    "openedAt": "2026-11-22T20:50:14.123456Z",
    "seenAt": "2026-11-22T21:00:14.123456Z",
    "resolvedAt": None,
    "acknowledgedAt": None,
    "snoozedUntil": None,
}
