-- Events and revenue of a group, of all time and since a moment: hot events, and carried ones. Revenue is by the rules of the event types.
-- Takes: group, since (within the last 30 days, or a midnight UTC). Returns: events, events since then, revenue, revenue since then.
-- Cost: the group's index entries of event_latest; a read of each event of a type that brings revenue, by event_by_type; the group's carried rows.
WITH hot AS (
    SELECT count(*) AS events, count(*) FILTER (WHERE "timestamp" >= %(since)s) AS recent FROM ontology_event WHERE group_id = %(group)s
), earned AS (
    SELECT coalesce(sum(amount), 0) AS revenue, coalesce(sum(amount) FILTER (WHERE moment >= %(since)s), 0) AS recent
    FROM (
        SELECT event."timestamp" AS moment, ontology_event_revenue(event.metadata, rule.revenue_key, rule.revenue_when) AS amount
        FROM ontology_eventtype AS rule
        JOIN ontology_event AS event ON event.type = rule.name
        WHERE event.group_id = %(group)s AND rule.revenue_key <> ''
    ) AS found
), carried AS (
    SELECT
        coalesce(sum(count), 0) AS events, coalesce(sum(count) FILTER (WHERE first_at >= %(since)s), 0) AS recent,
        coalesce(sum(revenue), 0) AS revenue, coalesce(sum(revenue) FILTER (WHERE first_at >= %(since)s), 0) AS revenue_recent
    FROM ontology_carriedevents WHERE group_id = %(group)s
)
SELECT (hot.events + carried.events)::bigint, (hot.recent + carried.recent)::bigint, earned.revenue + carried.revenue, earned.recent + carried.revenue_recent
FROM hot, earned, carried
