-- What happened in a group day by day (UTC): hot events and carried ones.
-- Takes: group, first, until (the first day, and the one after the last). Returns: day, events, revenue; days without events are left out; by day.
-- Cost: index entries of the days' events by event_latest, the events themselves of types that bring revenue, the carried rows of the days.
SELECT day, sum(count)::bigint, sum(revenue)
FROM (
    SELECT ("timestamp" AT TIME ZONE 'UTC')::date AS day, count(*) AS count, 0 AS revenue
    FROM ontology_event
    WHERE group_id = %(group)s
      AND "timestamp" >= %(first)s::date::timestamp AT TIME ZONE 'UTC' AND "timestamp" < %(until)s::date::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1
    UNION ALL
    SELECT (event."timestamp" AT TIME ZONE 'UTC')::date, 0, sum(ontology_event_revenue(event.metadata, rule.revenue_key, rule.revenue_when))
    FROM ontology_eventtype AS rule
    JOIN ontology_event AS event ON event.type = rule.name
    WHERE rule.revenue_key <> '' AND event.group_id = %(group)s
      AND event."timestamp" >= %(first)s::date::timestamp AT TIME ZONE 'UTC' AND event."timestamp" < %(until)s::date::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1
    UNION ALL
    SELECT day, sum(count), sum(revenue) FROM ontology_carriedevents
    WHERE group_id = %(group)s AND day >= %(first)s AND day < %(until)s
    GROUP BY day
) AS found
GROUP BY day
ORDER BY day
