-- What happened in a group day by day (UTC): hot events and carried ones.
-- Takes: group, first, last (days). Returns: day, events, revenue; every day; by day.
-- Cost: each index entry of the days' events once, by event_latest; the events themselves of types that bring revenue, by event_by_type; the carried
-- rows of the days. Each day is counted by itself: grouping a million events by their day took three times as long.
SELECT told.day::date, hot.events + coalesce(carried.events, 0)::bigint, coalesce(earned.revenue, 0) + coalesce(carried.revenue, 0)
FROM generate_series(%(first)s::date::timestamp, %(last)s::date::timestamp, interval '1 day') AS told (day)
CROSS JOIN LATERAL (
    SELECT count(*) AS events FROM ontology_event
    WHERE group_id = %(group)s AND "timestamp" >= told.day AT TIME ZONE 'UTC' AND "timestamp" < (told.day + interval '1 day') AT TIME ZONE 'UTC'
) AS hot
CROSS JOIN LATERAL (
    SELECT sum(by_type.revenue) AS revenue
    FROM ontology_eventtype AS rule
    CROSS JOIN LATERAL (
        SELECT sum(ontology_event_revenue(event.metadata, rule.revenue_key, rule.revenue_when)) AS revenue
        FROM ontology_event AS event
        WHERE event.group_id = %(group)s AND event.type = rule.name
          AND event."timestamp" >= told.day AT TIME ZONE 'UTC' AND event."timestamp" < (told.day + interval '1 day') AT TIME ZONE 'UTC'
    ) AS by_type
    WHERE rule.revenue_key <> ''
) AS earned
CROSS JOIN LATERAL (
    SELECT sum(count) AS events, sum(revenue) AS revenue FROM ontology_carriedevents AS moved
    WHERE moved.group_id = %(group)s AND moved.day = told.day::date
) AS carried
ORDER BY told.day
