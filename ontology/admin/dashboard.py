"""A group's dashboard: how it is doing this month, its last 30 days, custom metrics, top contents, and what happened last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db.models import Model
from django.utils import timezone

from ontology.admin.charts import Chart, Point, bytes_text, number_text
from ontology.admin.figures import Bar, Bars, Figure, money_text
from ontology.admin.parts import list_url, page_url
from ontology.admin.timeline import Timeline, timeline_days
from ontology.metrics import CustomValue, GroupMetrics, custom_metrics, group_days, group_metrics
from ontology.metrics.definitions import TOP_CONTENTS, WEEK_DAYS
from ontology.models import CustomMetric, Event, Group, Thing

DAYS = 30
CHARTS_OF_CUSTOM = 4
EVENTS_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page shows of a group's doings: figures of the month, charts of days, contents and custom metrics with theirs, latest events."""

    figures: Sequence[Figure]
    charts: Sequence[Chart]
    contents: Bars
    custom: Sequence[Figure]
    custom_charts: Sequence[Chart]
    custom_url: str
    timeline: Timeline | None
    computed: str


def group_dashboard(group: Group, viewable: Collection[type[Model]]) -> Dashboard:
    """The dashboard of GROUP, with lists and events of VIEWABLE models only; six queries, eight with custom metrics, whatever the group holds."""
    metrics, custom = group_metrics(group), custom_metrics(group)
    today = timezone.now().astimezone(UTC).date()
    days = group_days(group, first=today - timedelta(days=DAYS - 1), last=today)
    return Dashboard(
        figures=_figures(metrics),
        charts=(
            Chart("Events a day", [Point(f"{it.day:%m-%d}", it.events) for it in days], note=f"The last {DAYS} days, UTC."),
            Chart("Revenue a day", [Point(f"{it.day:%m-%d}", float(it.revenue)) for it in days], words=lambda value: f"{value:,.2f}"),
        ),
        contents=_contents(metrics),
        custom=[_custom_figure(it) for it in custom.items],
        custom_charts=[_custom_chart(it) for it in custom.items[:CHARTS_OF_CUSTOM]],
        custom_url=list_url(CustomMetric, group__id__exact=group.pk),
        timeline=_timeline(group) if Event in viewable else None,
        computed=f"Computed in {metrics.computation_time + custom.computation_time:,.0f} ms; months and days are UTC.",
    )


def _figures(metrics: GroupMetrics) -> list[Figure]:
    week = (
        f"{metrics.events_this_week:,} in the last {WEEK_DAYS} days, {'more' if metrics.trending_up else 'not more'} than in the {WEEK_DAYS} before"
    )
    return [
        Figure("Events", f"{metrics.events_this_month:,}", week, "", "trending_up" if metrics.trending_up else "trending_flat"),
        Figure("Active actors", f"{metrics.active_users:,}", f"in the last {WEEK_DAYS} days", "", "directions_walk"),
        Figure("Revenue", money_text(metrics.revenue_this_month), f"{money_text(metrics.avg_revenue_per_user)} a member", "", "payments"),
        Figure("Events a member", number_text(round(metrics.avg_events_per_user, 2)), "this month", "", "person_check"),
        Figure("API calls", f"{metrics.api_calls_this_month:,}", "this month", "", "api"),
        Figure("Storage", bytes_text(metrics.storage_used), "things, connections, knowledge", "", "database"),
    ]


def _contents(metrics: GroupMetrics) -> Bars:
    longest = max((row.connections for row in metrics.top_content_by_engagement), default=0)
    return Bars(
        f"Top {TOP_CONTENTS} contents by connections",
        [
            Bar(row.name, f"{row.connections:,}", 100 * row.connections // max(longest, 1), page_url(Thing, row.id))
            for row in metrics.top_content_by_engagement
        ],
        "There is no content yet: things of the catalogue's category content, such as a blog_post.",
    )


def _custom_figure(it: CustomValue) -> Figure:
    window = "of all time" if it.metric.window_days is None else f"in {it.metric.window_days:,} days"
    missing = f"; {it.cold_events_missing:,} archived events are not part of it" if it.cold_events_missing else ""
    value = f"{number_text(float(it.value))} {it.metric.unit}".rstrip()
    return Figure(it.metric.title, value, f"{window}{missing}", page_url(CustomMetric, it.metric.pk), "monitoring")


def _custom_chart(it: CustomValue) -> Chart:
    points = [Point(f"{day.day:%m-%d}", float(day.value)) for day in it.days]
    return Chart(f"{it.metric.title} a day", points, unit=it.metric.unit, kind="line")


def _timeline(group: Group) -> Timeline:
    found = list(Event.objects.filter(group=group).select_related("actor", "target", "person").order_by("-timestamp", "-id")[:EVENTS_SHOWN])
    return Timeline(
        title="Activity",
        days=timeline_days(found),
        empty="Nothing has happened yet.",
        more_url=list_url(Event, group__id__exact=group.pk) if found else "",
        more_text="All events",
        note="The latest; UTC.",
    )
