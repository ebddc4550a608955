"""Every metric by its name over HTTP: what it means, by which formula, in which unit, from which rows. Pages, the API's document and docs/metrics.md
take their words from here.

Metrics are computed when asked, never stored, from hot events and carried ones (ontology/models/carried.py), so that archiving changes none.
"Now" is the moment of the question; days and months are UTC; an event in the future counts as recorded and in no window.
A division by nothing gives 0.
"""

from dataclasses import dataclass

WEEK_DAYS = 7
"""The window of active users, of the week, and of the week before it; to the second."""
ACTIVE_DAYS = 30
"""How long after its last event a creator counts as active."""
TOP_CONTENTS = 10
CONTENT_CATEGORY = "content"
"""The catalogue's category whose things are contents: sql/group_engagement.sql."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name over HTTP, how people call it, its formula in words, its unit, and the rows it is made of."""

    name: str
    title: str
    formula: str
    unit: str
    source: str


_EVENTS = "events by the creator (actor), hot and carried"
_GROUP_EVENTS = "the group's events, hot and carried"
_LINKS = "live connections"

CREATOR = (
    Metric("totalRevenue", "Revenue", "Sum of what the events brought, each by its type's revenue rule.", "as in the events' metadata", _EVENTS),
    Metric("totalFollowers", "Followers", "Connections of type `following` that lead to the creator.", "connections", _LINKS),
    Metric("lastActive", "Last active", "The latest event, not after now; null without one.", "moment", _EVENTS),
    Metric("contentCount", "Contents", "Distinct things that it `authored` or that are `created_by` it.", "things", _LINKS),
    Metric("averageEngagement", "Average engagement", "totalFollowers / contentCount.", "followers per content", _LINKS),
    Metric("totalEvents", "Events", "All events of which it is the actor.", "events", _EVENTS),
    Metric("eventsByType", "Events by type", "The same, by type of event.", "events", _EVENTS),
    Metric("isActive", "Active", f"Whether lastActive is at most {ACTIVE_DAYS} days ago.", "yes or no", _EVENTS),
    Metric("accountAge", "Age", "Whole days since the creator was made.", "days", "the thing's createdAt"),
    Metric("revenuePerContent", "Revenue per content", "totalRevenue / contentCount.", "as totalRevenue", f"{_EVENTS}; {_LINKS}"),
    Metric("currentStreakDays", "Streak", "UTC days in a row with an event, the last of them today or yesterday.", "days", _EVENTS),
)

GROUP = (
    Metric("userCount", "Members", "Memberships.", "people", "memberships"),
    Metric("activeUsers", "Active actors", f"Distinct actors within the last {WEEK_DAYS} days.", "things", _GROUP_EVENTS),
    Metric("totalEntities", "Things", "Live things.", "things", "things"),
    Metric("storageUsed", "Storage", "Stored bytes, as quotas count them; events are not part of it.", "bytes", "things, connections, knowledge"),
    Metric("storageUsedMB", "Storage", "storageUsed / 1,000,000.", "MB", "things, connections, knowledge"),
    Metric("apiCallsThisMonth", "API calls", "Calls of the calendar month, as quotas count them.", "calls", "quotas"),
    Metric("revenueThisMonth", "Revenue", "Sum of what the calendar month's events brought.", "as in the events' metadata", _GROUP_EVENTS),
    Metric("eventsThisMonth", "Events this month", "Events of the calendar month, up to now.", "events", _GROUP_EVENTS),
    Metric("eventsThisWeek", "Events this week", f"Events of the last {WEEK_DAYS} days.", "events", _GROUP_EVENTS),
    Metric(
        "topContentByEngagement",
        "Top contents",
        f"The {TOP_CONTENTS} live things of the category `content` with the most live connections at either end.",
        "connections",
        _LINKS,
    ),
    Metric("averageEngagementPerContent", "Engagement per content", "Their live connections / contents, over all contents.", "connections", _LINKS),
    Metric("avgEventsPerUser", "Events per member", "eventsThisMonth / userCount.", "events per person", _GROUP_EVENTS),
    Metric("avgRevenuePerUser", "Revenue per member", "revenueThisMonth / userCount.", "as revenueThisMonth", _GROUP_EVENTS),
    Metric("isActive", "Active", "Whether the calendar month has an event.", "yes or no", _GROUP_EVENTS),
    Metric("trendingUp", "Trending up", f"Whether eventsThisWeek exceed those of the {WEEK_DAYS} days before.", "yes or no", _GROUP_EVENTS),
)

THING = (
    Metric("inbound", "Inbound", "The first page of connections that lead to the thing, the latest of each type first.", "connections", _LINKS),
    Metric("outbound", "Outbound", "The first page of connections that lead from it, by type.", "connections", _LINKS),
    Metric("inboundCount", "Inbound", "Connections that lead to it.", "connections", _LINKS),
    Metric("outboundCount", "Outbound", "Connections that lead from it.", "connections", _LINKS),
    Metric("totalConnections", "Connections", "inboundCount + outboundCount; one with itself counts in both.", "connections", _LINKS),
    Metric("connectionTypes", "Types", "The types there are, inbound and outbound.", "types", _LINKS),
    Metric("knowledge", "Knowledge", "Live knowledge that is linked to it, the latest first; only when asked for.", "pieces", "knowledge links"),
    Metric("lastComputed", "Computed", "When the answer was computed.", "moment", "the clock"),
)
