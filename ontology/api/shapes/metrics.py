"""Shapes of computed metrics; what each means is told by ontology/metrics/definitions.py."""

from rest_framework import serializers

from ontology.api.shapes.knowledge import Knowledge
from ontology.api.shapes.reads import COMPUTED, TIME, Relationship
from ontology.choices import Aggregate
from ontology.metrics.definitions import CREATOR, GROUP, THING

ABOUT = {kind: {it.name: f"{it.formula} Unit: {it.unit}." for it in metrics} for kind, metrics in (("c", CREATOR), ("g", GROUP), ("t", THING))}


class CreatorStats(serializers.Serializer):
    """What a creator has done and gathered."""

    totalRevenue = serializers.FloatField(help_text=ABOUT["c"]["totalRevenue"])
    totalFollowers = serializers.IntegerField(help_text=ABOUT["c"]["totalFollowers"])
    lastActive = serializers.DateTimeField(allow_null=True, help_text=ABOUT["c"]["lastActive"])
    contentCount = serializers.IntegerField(help_text=ABOUT["c"]["contentCount"])
    averageEngagement = serializers.FloatField(help_text=ABOUT["c"]["averageEngagement"])
    totalEvents = serializers.IntegerField(help_text=ABOUT["c"]["totalEvents"])
    eventsByType = serializers.DictField(child=serializers.IntegerField(), help_text=ABOUT["c"]["eventsByType"])
    isActive = serializers.BooleanField(help_text=ABOUT["c"]["isActive"])
    accountAge = serializers.IntegerField(help_text=ABOUT["c"]["accountAge"])
    revenuePerContent = serializers.FloatField(help_text=ABOUT["c"]["revenuePerContent"])
    currentStreakDays = serializers.IntegerField(help_text=ABOUT["c"]["currentStreakDays"])
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)


class Content(serializers.Serializer):
    """A content thing of a group."""

    id = serializers.UUIDField(help_text="The thing's id.")
    type = serializers.CharField(help_text="Its type.")
    name = serializers.CharField(help_text="Its name.")
    connections = serializers.IntegerField(help_text="Its live connections.")


class GroupMetrics(serializers.Serializer):
    """How a group is doing, without its subgroups."""

    userCount = serializers.IntegerField(help_text=ABOUT["g"]["userCount"])
    activeUsers = serializers.IntegerField(help_text=ABOUT["g"]["activeUsers"])
    totalEntities = serializers.IntegerField(help_text=ABOUT["g"]["totalEntities"])
    storageUsed = serializers.IntegerField(help_text=ABOUT["g"]["storageUsed"])
    storageUsedMB = serializers.FloatField(help_text=ABOUT["g"]["storageUsedMB"])
    apiCallsThisMonth = serializers.IntegerField(help_text=ABOUT["g"]["apiCallsThisMonth"])
    revenueThisMonth = serializers.FloatField(help_text=ABOUT["g"]["revenueThisMonth"])
    eventsThisMonth = serializers.IntegerField(help_text=ABOUT["g"]["eventsThisMonth"])
    eventsThisWeek = serializers.IntegerField(help_text=ABOUT["g"]["eventsThisWeek"])
    topContentByEngagement = Content(many=True, help_text=ABOUT["g"]["topContentByEngagement"])
    averageEngagementPerContent = serializers.FloatField(help_text=ABOUT["g"]["averageEngagementPerContent"])
    avgEventsPerUser = serializers.FloatField(help_text=ABOUT["g"]["avgEventsPerUser"])
    avgRevenuePerUser = serializers.FloatField(help_text=ABOUT["g"]["avgRevenuePerUser"])
    isActive = serializers.BooleanField(help_text=ABOUT["g"]["isActive"])
    trendingUp = serializers.BooleanField(help_text=ABOUT["g"]["trendingUp"])
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)


class Day(serializers.Serializer):
    """A UTC day of a group."""

    day = serializers.DateField(help_text="The day, UTC.")
    events = serializers.IntegerField(help_text="Its events.")
    revenue = serializers.FloatField(help_text="What they brought, in the unit of their metadata.")


class Days(serializers.Serializer):
    """The last days of a group, today the last."""

    items = Day(many=True, help_text="Every day, those without an event too.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)


class MetricDay(serializers.Serializer):
    """A UTC day of a custom metric."""

    day = serializers.DateField(help_text="The day, UTC.")
    value = serializers.FloatField(help_text="The metric of that day alone.")


class CustomMetric(serializers.Serializer):
    """A metric that staff defined for the group."""

    name = serializers.CharField(help_text="Its name, unique in the group.")
    title = serializers.CharField(help_text="What people call it.")
    description = serializers.CharField(allow_blank=True, help_text="What it is for.")
    eventType = serializers.CharField(allow_blank=True, help_text="Events of this type; blank: of every type.")
    conditions = serializers.ListField(child=serializers.DictField(), help_text="Which of them: each a key of the metadata and what it must be.")
    aggregate = serializers.ChoiceField(Aggregate.choices, help_text="What is made of them.")
    sumKey = serializers.CharField(allow_blank=True, help_text="The number of the metadata that is summed.")
    windowDays = serializers.IntegerField(allow_null=True, help_text="Over so many UTC days, today the last; null: over all time.")
    unit = serializers.CharField(allow_blank=True, help_text="The unit of the value.")
    value = serializers.FloatField(help_text="The metric over its window, hot and archived events alike.")
    days = MetricDay(many=True, help_text="The last 30 days.")
    coldEventsMissing = serializers.IntegerField(
        help_text="Archived events of its type that it was never asked about, since they were archived before its formula was made; 0: the value is whole."
    )


class CustomMetrics(serializers.Serializer):
    """The active custom metrics of a group."""

    items = CustomMetric(many=True, help_text="By name.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)


class ConnectionTypes(serializers.Serializer):
    """Types of connections by direction."""

    inbound = serializers.ListField(child=serializers.CharField(), help_text="Of connections that lead to the thing.")
    outbound = serializers.ListField(child=serializers.CharField(), help_text="Of connections that lead from it.")


class ThingSummary(serializers.Serializer):
    """A thing with its relationships."""

    inbound = Relationship(many=True, help_text=ABOUT["t"]["inbound"])
    outbound = Relationship(many=True, help_text=ABOUT["t"]["outbound"])
    inboundCount = serializers.IntegerField(help_text=ABOUT["t"]["inboundCount"])
    outboundCount = serializers.IntegerField(help_text=ABOUT["t"]["outboundCount"])
    totalConnections = serializers.IntegerField(help_text=ABOUT["t"]["totalConnections"])
    connectionTypes = ConnectionTypes(help_text=ABOUT["t"]["connectionTypes"])
    knowledge = Knowledge(many=True, allow_null=True, help_text=ABOUT["t"]["knowledge"])
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)
