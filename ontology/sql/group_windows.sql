-- What happened in a group in the present month and in the last weeks, up to now; hot events and carried ones.
-- Takes: group, month (its first moment), week, week_before (where the windows begin, week_before first), now; actors (how many are looked up singly).
-- Returns: events of the month, of the week, of the week before; revenue of the month; distinct actors of the week.
-- Cost: each index entry of the windows' events once, by event_latest; of revenue, the month's events of types that bring any, by event_by_type;
-- of actors, one probe each by event_by_actor, or the week's entries there when there are more than that. Each window is counted by itself and each
-- type summed by itself: one pass with FILTER took twice as long for a million events, and a join with the types read the whole month.
WITH RECURSIVE span AS (
    SELECT starts, lead(starts) OVER (ORDER BY starts) AS ends
    FROM (VALUES (%(month)s::timestamptz), (%(week)s::timestamptz), (%(week_before)s::timestamptz)) AS bound (starts)
), counted AS MATERIALIZED (
    SELECT
        span.starts,
        CASE WHEN span.ends IS NULL
            THEN (SELECT count(*) FROM ontology_event WHERE group_id = %(group)s AND "timestamp" >= span.starts AND "timestamp" <= %(now)s)
            ELSE (SELECT count(*) FROM ontology_event WHERE group_id = %(group)s AND "timestamp" >= span.starts AND "timestamp" < span.ends)
        END AS events
    FROM span
), hot AS (
    SELECT
        coalesce(sum(events) FILTER (WHERE starts >= %(month)s), 0) AS month,
        coalesce(sum(events) FILTER (WHERE starts >= %(week)s), 0) AS week,
        coalesce(sum(events) FILTER (WHERE starts >= %(week_before)s AND starts < %(week)s), 0) AS week_before
    FROM counted
), carried AS (
    SELECT
        coalesce(sum(count) FILTER (WHERE first_at >= %(month)s), 0) AS month,
        coalesce(sum(count) FILTER (WHERE first_at >= %(week)s), 0) AS week,
        coalesce(sum(count) FILTER (WHERE first_at >= %(week_before)s AND first_at < %(week)s), 0) AS week_before,
        coalesce(sum(revenue) FILTER (WHERE first_at >= %(month)s), 0) AS revenue
    FROM ontology_carriedevents
    WHERE group_id = %(group)s AND day >= (least(%(month)s, %(week_before)s) AT TIME ZONE 'UTC')::date AND first_at <= %(now)s
), earned AS (
    SELECT sum(by_type.revenue) AS revenue
    FROM ontology_eventtype AS rule
    CROSS JOIN LATERAL (
        SELECT sum(ontology_event_revenue(event.metadata, rule.revenue_key, rule.revenue_when)) AS revenue
        FROM ontology_event AS event
        WHERE event.group_id = %(group)s AND event.type = rule.name AND event."timestamp" >= %(month)s AND event."timestamp" <= %(now)s
    ) AS by_type
    WHERE rule.revenue_key <> ''
), stepped (actor_id, place) AS (
    SELECT (
        SELECT event.actor_id FROM ontology_event AS event
        WHERE event.group_id = %(group)s AND event.actor_id IS NOT NULL AND event."timestamp" >= %(week)s AND event."timestamp" <= %(now)s
        ORDER BY event.actor_id LIMIT 1
    ), 1
    UNION ALL
    SELECT (
        SELECT event.actor_id FROM ontology_event AS event
        WHERE event.group_id = %(group)s AND event.actor_id > stepped.actor_id AND event."timestamp" >= %(week)s AND event."timestamp" <= %(now)s
        ORDER BY event.actor_id LIMIT 1
    ), stepped.place + 1
    FROM stepped
    WHERE stepped.actor_id IS NOT NULL AND stepped.place <= %(actors)s
), carried_actor AS (
    SELECT actor_id FROM ontology_carriedevents
    WHERE group_id = %(group)s AND day >= (%(week)s AT TIME ZONE 'UTC')::date AND first_at >= %(week)s AND first_at <= %(now)s AND actor_id IS NOT NULL
)
SELECT
    (hot.month + carried.month)::bigint, (hot.week + carried.week)::bigint, (hot.week_before + carried.week_before)::bigint,
    coalesce(earned.revenue, 0) + carried.revenue,
    CASE WHEN (SELECT max(place) FROM stepped) <= %(actors)s
        THEN (SELECT count(*) FROM (
            SELECT actor_id FROM stepped WHERE actor_id IS NOT NULL UNION SELECT actor_id FROM carried_actor
        ) AS acting)
        ELSE (SELECT count(*) FROM (
            SELECT actor_id FROM ontology_event
            WHERE group_id = %(group)s AND "timestamp" >= %(week)s AND "timestamp" <= %(now)s AND actor_id IS NOT NULL
            UNION
            SELECT actor_id FROM carried_actor
        ) AS acting)
    END
FROM hot, carried, earned
