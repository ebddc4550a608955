"""Shapes of quotas, plans and prices for the OpenAPI document, and an example of each."""

from typing import Any

from rest_framework import serializers

from quotas.choices import Metric, Period, Status

GB = "storage_gb in decimal GB with two places"
REASON = "Why not; only where the answer is no."
SUGGESTION = "What would make room; only where the answer is no."


class MetricQuota(serializers.Serializer):
    """One metric beside its limit."""

    current = serializers.FloatField(help_text=f"What is used now; {GB}, events_retention_days in days, others counts.")
    limit = serializers.FloatField(allow_null=True, help_text=f"The most there may be; null: unlimited. {GB}.")
    percentUsed = serializers.FloatField(allow_null=True, help_text="Percent with one place, cut and not rounded; null: unlimited.")
    status = serializers.ChoiceField(Status.choices, help_text="ok below the first threshold (80 %), warning, critical (95 %), exceeded from 100 %.")


class QuotaSummary(serializers.Serializer):
    """How many metrics are at a threshold."""

    allOk = serializers.BooleanField(help_text="Whether none is.")
    warningCount = serializers.IntegerField(help_text="Metrics with the status warning.")
    criticalCount = serializers.IntegerField(help_text="Metrics with the status critical.")
    exceededCount = serializers.IntegerField(help_text="Metrics with the status exceeded.")


class GroupQuotas(serializers.Serializer):
    """Where a group stands."""

    groupId = serializers.UUIDField(help_text="The group.")
    plan = serializers.CharField(help_text="The word of its plan.")
    quotas = serializers.DictField(child=MetricQuota(), help_text="By metric, such as entities_total; `metric type:NAME` where one type is limited.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="A sentence for each metric at a threshold, the worst first.")
    summary = QuotaSummary(help_text="The counts.")


class QuotaHealth(serializers.Serializer):
    """A group's health."""

    group = serializers.CharField(help_text="The group's slug.")
    status = serializers.ChoiceField(["healthy", "warning", "critical", "exceeded"], help_text="That of the worst metric.")
    metrics = serializers.DictField(child=MetricQuota(), help_text="By metric.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="A sentence for each metric at a threshold, the worst first.")
    recommendations = serializers.ListField(child=serializers.CharField(), help_text="What to do about each.")
    lastUpdated = serializers.DateTimeField(help_text="The moment of this answer.")


class CreateCheck(serializers.Serializer):
    """Whether so many may be added."""

    canCreate = serializers.BooleanField(help_text="Whether they may.")
    requested = serializers.IntegerField(help_text="How many were asked for; bytes for storage_gb.")
    current = serializers.IntegerField(help_text="What is used now; bytes for storage_gb.")
    limit = serializers.IntegerField(allow_null=True, help_text="The most there may be; null: unlimited; bytes for storage_gb.")
    availableSlots = serializers.IntegerField(allow_null=True, help_text="How many may be added, what runs have reserved left out; null: unlimited.")
    utilization = serializers.FloatField(allow_null=True, help_text="Percent used now; null: unlimited.")
    reason = serializers.CharField(required=False, help_text=REASON)
    suggestion = serializers.CharField(required=False, help_text=SUGGESTION)


class StoreCheck(serializers.Serializer):
    """Whether so many bytes may be stored."""

    canStore = serializers.BooleanField(help_text="Whether they may.")
    requested = serializers.IntegerField(help_text="Bytes asked for.")
    current = serializers.IntegerField(help_text="Bytes stored now.")
    limit = serializers.IntegerField(allow_null=True, help_text="Bytes at most; null: unlimited.")
    availableBytes = serializers.IntegerField(allow_null=True, help_text="Bytes that may be added; null: unlimited.")
    availableGB = serializers.FloatField(allow_null=True, help_text="The same in decimal GB with two places.")
    utilization = serializers.FloatField(allow_null=True, help_text="Percent used now; null: unlimited.")
    reason = serializers.CharField(required=False, help_text=REASON)
    suggestion = serializers.CharField(required=False, help_text=SUGGESTION)


class UsagePeriod(serializers.Serializer):
    """Usage in one period."""

    periodStart = serializers.DateTimeField(help_text="Its first moment.")
    periodEnd = serializers.DateTimeField(help_text="The first moment after it.")
    value = serializers.IntegerField(help_text="Calls made in it; of other metrics what there was at its end; bytes for storage_gb.")
    limit = serializers.IntegerField(allow_null=True, help_text="The limit at that time; null: unlimited.")
    percentUsed = serializers.FloatField(allow_null=True, help_text="Percent of that limit; null: unlimited.")


class UsageHistory(serializers.Serializer):
    """Usage by period, the latest first."""

    metric = serializers.ChoiceField(Metric.choices, help_text="What was used.")
    period = serializers.ChoiceField(Period.choices, help_text="By what it is told.")
    items = UsagePeriod(many=True, help_text="The periods.")


class Plan(serializers.Serializer):
    """A plan with its prices and limits."""

    name = serializers.CharField(help_text="The word that names it.")
    title = serializers.CharField(help_text="Its name for people.")
    monthlyPrice = serializers.IntegerField(allow_null=True, help_text="US cents a month; null: agreed on with each customer.")
    annualPrice = serializers.IntegerField(allow_null=True, help_text="US cents a year; null: agreed on with each customer.")
    quotas = serializers.DictField(child=serializers.FloatField(allow_null=True), help_text=f"Limits by metric; null: unlimited. {GB}.")


class Plans(serializers.Serializer):
    """The offered plans, from the smallest on."""

    currency = serializers.CharField(help_text="Of all prices: USD, in integer cents.")
    plans = Plan(many=True, help_text="The plans.")


class PriceDifference(serializers.Serializer):
    """What a plan costs more."""

    monthlyDifference = serializers.IntegerField(help_text="US cents a month.")
    annualDifference = serializers.IntegerField(help_text="US cents a year.")


class Upgrade(Plan):
    """A larger plan."""

    plan = serializers.CharField(help_text="The word that names it.")
    upgrade = PriceDifference(allow_null=True, help_text="What it costs more; null where a price is agreed on.")


class UpgradePricing(serializers.Serializer):
    """A plan and the larger ones."""

    currency = serializers.CharField(help_text="Of all prices: USD, in integer cents.")
    current = Plan(help_text="The plan.")
    upgrades = Upgrade(many=True, help_text="The offered plans above it.")


class SimulatedMetric(serializers.Serializer):
    """One metric on another plan."""

    metric = serializers.ChoiceField(Metric.choices, help_text="What is limited.")
    current = serializers.IntegerField(help_text="What is used now; bytes for storage_gb.")
    limit = serializers.IntegerField(allow_null=True, help_text="The limit now; null: unlimited.")
    newLimit = serializers.IntegerField(allow_null=True, help_text="The limit there; null: unlimited.")
    over = serializers.IntegerField(help_text="How much of what is used would be over it; 0: nothing.")
    since = serializers.DateTimeField(
        allow_null=True, help_text="The first day of those on end that it would have been over; null where nothing tells."
    )


class PlanSimulation(serializers.Serializer):
    """What another plan would mean."""

    plan = serializers.CharField(help_text="The other plan.")
    currentPlan = serializers.CharField(help_text="The plan now.")
    metrics = SimulatedMetric(many=True, help_text="Every metric.")
    exceeded = serializers.ListField(
        child=serializers.CharField(), help_text="The metrics that would be over their limit: what is there stays, more is refused."
    )
    difference = PriceDifference(allow_null=True, help_text="What it costs more; null where a price is agreed on.")
    estimatedMonthlyPrice = serializers.IntegerField(
        allow_null=True,
        help_text="US cents: its price, and lots for what is used beyond its limits; null where agreed on, or where it sells too little.",
    )


_QUOTA = {"current": 2358, "limit": 10000, "percentUsed": 23.5, "status": "ok"}
QUOTAS: dict[str, Any] = {
    "groupId": "0199f2b4-6f7e-7c1a-9d52-1f0f6f5b7a11",
    "plan": "pro",
    "quotas": {"entities_total": _QUOTA, "storage_gb": {"current": 0.12, "limit": 100.0, "percentUsed": 0.1, "status": "ok"}},
    "warnings": [],
    "summary": {"allOk": True, "warningCount": 0, "criticalCount": 0, "exceededCount": 0},
}
HEALTH: dict[str, Any] = {
    "group": "acme",
    "status": "healthy",
    "metrics": {"entities_total": _QUOTA},
    "warnings": [],
    "recommendations": [],
    "lastUpdated": "2026-11-22T20:50:14.123456Z",
}
CAN_CREATE: dict[str, Any] = {"canCreate": True, "requested": 10, "current": 2358, "limit": 10000, "availableSlots": 7642, "utilization": 23.5}
CAN_STORE: dict[str, Any] = {
    "canStore": True,
    "requested": 1000000,
    "current": 120000000,
    "limit": 100000000000,
    "availableBytes": 99880000000,
    "availableGB": 99.88,
    "utilization": 0.1,
}
HISTORY: dict[str, Any] = {
    "metric": "entities_total",
    "period": "daily",
    "items": [{"periodStart": "2026-11-22T00:00:00Z", "periodEnd": "2026-11-23T00:00:00Z", "value": 2358, "limit": 10000, "percentUsed": 23.5}],
}
_LIMITS = {"users": 50, "storage_gb": 100.0, "api_calls_per_month": 100000, "entities_total": 10000, "connections_total": 50000}
PLAN: dict[str, Any] = {
    "name": "pro",
    "title": "Pro",
    "monthlyPrice": 4900,
    "annualPrice": 49000,
    "quotas": {**_LIMITS, "events_retention_days": 365},
}
PLANS: dict[str, Any] = {"currency": "USD", "plans": [PLAN]}
UPGRADES: dict[str, Any] = {
    "currency": "USD",
    "current": {**PLAN, "name": "starter", "title": "Starter", "monthlyPrice": 0, "annualPrice": 0},
    "upgrades": [{"plan": "pro", **PLAN, "upgrade": {"monthlyDifference": 4900, "annualDifference": 49000}}],
}
SIMULATION: dict[str, Any] = {
    "plan": "starter",
    "currentPlan": "pro",
    "metrics": [
        {"metric": "entities_total", "current": 2358, "limit": 10000, "newLimit": 100, "over": 2258, "since": "2026-10-01T00:00:00Z"},
    ],
    "exceeded": ["entities_total"],
    "difference": {"monthlyDifference": -4900, "annualDifference": -49000},
    "estimatedMonthlyPrice": None,
}
