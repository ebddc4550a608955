"""groups/{slug}/metrics/ and things/{id}/stats/, summary/: numbers computed when asked."""

from datetime import UTC, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from ontology.api.answers import answer
from ontology.api.endpoint import GroupEndpoint
from ontology.api.freshness import MAX_AGE, fresh_answer
from ontology.api.measures import customs_told, day_told, measured, summary_told
from ontology.api.operations import describes
from ontology.api.parameters import Parameter
from ontology.api.refusals import not_found
from ontology.api.shapes import metrics as shapes
from ontology.api.shapes.examples import CONNECTION, KNOWLEDGE, THING
from ontology.api.views.thing_reads import ThingRead
from ontology.api.views.things import TAG as THINGS_TAG
from ontology.choices import Right
from ontology.metrics import creator_stats, custom_metrics, group_days, group_metrics, thing_summary
from ontology.models import Thing

TAG = "metrics"
DAYS_MAX = 400
DAYS = Parameter("days", "How many days, today the last.", "integer", default=30, minimum=1, maximum=DAYS_MAX)
KNOWLEDGE_TOO = Parameter("knowledge", "Also the latest knowledge that is linked to it.", "boolean", default=False)
COMPUTED = {"lastComputed": "2026-11-22T20:50:14.123456Z", "computationTime": 1.2}
STATS: dict[str, Any] = {
    "totalRevenue": 100.5,
    "totalFollowers": 12,
    "lastActive": "2026-11-22T20:50:14.123456Z",
    "contentCount": 4,
    "averageEngagement": 3.0,
    "totalEvents": 31,
    "eventsByType": {"content_event": 27, "payment_event": 4},
    "isActive": True,
    "accountAge": 364,
    "revenuePerContent": 25.125,
    "currentStreakDays": 3,
    **COMPUTED,
}
GROUP: dict[str, Any] = {
    "userCount": 5,
    "activeUsers": 31,
    "totalEntities": 2358,
    "storageUsed": 1500000,
    "storageUsedMB": 1.5,
    "apiCallsThisMonth": 120,
    "revenueThisMonth": 1204.5,
    "eventsThisMonth": 612,
    "eventsThisWeek": 140,
    "topContentByEngagement": [{"id": THING["id"], "type": "blog_post", "name": "Lamps of brass", "connections": 31}],
    "averageEngagementPerContent": 4.2,
    "avgEventsPerUser": 122.4,
    "avgRevenuePerUser": 240.9,
    "isActive": True,
    "trendingUp": False,
    **COMPUTED,
}
CUSTOM: dict[str, Any] = {
    "name": "big_sales",
    "title": "Big sales",
    "description": "",
    "eventType": "payment_event",
    "conditions": [{"key": "status", "is": "processed"}, {"key": "amount", "min": 100}],
    "aggregate": "sum",
    "sumKey": "amount",
    "windowDays": 30,
    "unit": "USD",
    "value": 1204.5,
    "days": [{"day": "2026-11-22", "value": 204.5}],
    "coldEventsMissing": 0,
}


class Metrics(GroupEndpoint):
    """The numbers of a group."""

    @describes(
        Right.HISTORY,
        "metrics_read",
        "Read the metrics of a group",
        "How the group is doing, without its subgroups; archived events count like all others.",
        tag=TAG,
        answers={200: shapes.GroupMetrics},
        parameters=(MAX_AGE,),
        shown=GROUP,
    )
    def get(self, request: Any) -> HttpResponse:
        """The numbers."""
        return fresh_answer(self.group, self.operation.name, self.parameters, lambda: measured(group_metrics(self.group)))


class MetricsDays(GroupEndpoint):
    """The days of a group."""

    @describes(
        Right.HISTORY,
        "metrics_days",
        "Read the days of a group",
        "Events and revenue of each of the last days (UTC), today the last: what charts are drawn from.",
        tag=TAG,
        answers={200: shapes.Days},
        parameters=(DAYS, MAX_AGE),
        shown={"items": [{"day": "2026-11-22", "events": 31, "revenue": 204.5}], "lastComputed": COMPUTED["lastComputed"]},
    )
    def get(self, request: Any) -> HttpResponse:
        """The days."""
        return fresh_answer(self.group, self.operation.name, self.parameters, self._days)

    def _days(self) -> dict[str, Any]:
        now = timezone.now()
        today = now.astimezone(UTC).date()
        found = group_days(self.group, first=today - timedelta(days=self.parameters["days"] - 1), last=today)
        return {"items": [day_told(day) for day in found], "lastComputed": now}


class MetricsCustom(GroupEndpoint):
    """The custom metrics of a group."""

    @describes(
        Right.HISTORY,
        "metrics_custom",
        "Read the custom metrics of a group",
        "What staff asked of the group's events, by name, with the last 30 days of each.",
        tag=TAG,
        answers={200: shapes.CustomMetrics},
        parameters=(MAX_AGE,),
        shown={"items": [CUSTOM], **COMPUTED},
    )
    def get(self, request: Any) -> HttpResponse:
        """The metrics."""
        return fresh_answer(self.group, self.operation.name, self.parameters, lambda: customs_told(custom_metrics(self.group)))


class ThingStats(ThingRead):
    """The numbers of a creator."""

    @describes(
        Right.HISTORY,
        "things_stats",
        "Read the stats of a creator",
        "What a thing has done as the actor of events, and what it gathered; archived events count like all others.",
        tag=THINGS_TAG,
        answers={200: shapes.CreatorStats},
        parameters=(MAX_AGE,),
        shown=STATS,
    )
    def get(self, request: Any) -> HttpResponse:
        """The numbers."""
        creator = Thing.objects.filter(group=self.group, pk=self.row_id).live().first()
        if creator is None:
            raise not_found("thing")
        return fresh_answer(self.group, self.operation.name, {**self.parameters, "id": creator.pk}, lambda: measured(creator_stats(creator)))


class ThingSummary(ThingRead):
    """A thing with its relationships."""

    @describes(
        Right.READ,
        "things_summary",
        "Read a thing with its relationships",
        "The first page of its connections each way with the things at their other ends, exact counts, types, and knowledge if asked for.",
        tag=THINGS_TAG,
        answers={200: shapes.ThingSummary},
        parameters=(KNOWLEDGE_TOO,),
        shown={
            "inbound": [],
            "outbound": [{"direction": "outbound", "connection": CONNECTION, "thing": THING}],
            "inboundCount": 0,
            "outboundCount": 1,
            "totalConnections": 1,
            "connectionTypes": {"inbound": [], "outbound": ["purchased"]},
            "knowledge": [KNOWLEDGE],
            **COMPUTED,
        },
    )
    def get(self, request: Any) -> HttpResponse:
        """The summary."""
        return answer(summary_told(thing_summary(self.thing(), knowledge=self.parameters["knowledge"])))
