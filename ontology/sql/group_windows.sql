-- What happened in a group in the present month and in the last weeks, up to now; hot events and carried ones.
-- Takes: group, month (its first moment), week, week_before (where the windows begin, week_before first), now.
-- Returns: events of the month, of the week, of the week before; revenue of the month; distinct actors of the week.
-- Cost: index entries of the windows' events by event_latest; of revenue, the month's events of types that bring any; of actors, the week's events.
WITH hot AS (
    SELECT
        count(*) FILTER (WHERE "timestamp" >= %(month)s) AS month,
        count(*) FILTER (WHERE "timestamp" >= %(week)s) AS week,
        count(*) FILTER (WHERE "timestamp" >= %(week_before)s AND "timestamp" < %(week)s) AS week_before
    FROM ontology_event
    WHERE group_id = %(group)s AND "timestamp" >= least(%(month)s, %(week_before)s) AND "timestamp" <= %(now)s
), carried AS (
    SELECT
        coalesce(sum(count) FILTER (WHERE first_at >= %(month)s), 0) AS month,
        coalesce(sum(count) FILTER (WHERE first_at >= %(week)s), 0) AS week,
        coalesce(sum(count) FILTER (WHERE first_at >= %(week_before)s AND first_at < %(week)s), 0) AS week_before,
        coalesce(sum(revenue) FILTER (WHERE first_at >= %(month)s), 0) AS revenue
    FROM ontology_carriedevents
    WHERE group_id = %(group)s AND day >= (least(%(month)s, %(week_before)s) AT TIME ZONE 'UTC')::date AND first_at <= %(now)s
), earned AS (
    SELECT sum(ontology_event_revenue(event.metadata, rule.revenue_key, rule.revenue_when)) AS revenue
    FROM ontology_eventtype AS rule
    JOIN ontology_event AS event ON event.type = rule.name
    WHERE rule.revenue_key <> '' AND event.group_id = %(group)s AND event."timestamp" >= %(month)s AND event."timestamp" <= %(now)s
), acting AS (
    SELECT actor_id FROM ontology_event
    WHERE group_id = %(group)s AND "timestamp" >= %(week)s AND "timestamp" <= %(now)s AND actor_id IS NOT NULL
    UNION
    SELECT actor_id FROM ontology_carriedevents
    WHERE group_id = %(group)s AND day >= (%(week)s AT TIME ZONE 'UTC')::date AND first_at >= %(week)s AND first_at <= %(now)s AND actor_id IS NOT NULL
)
SELECT
    (hot.month + carried.month)::bigint, (hot.week + carried.week)::bigint, (hot.week_before + carried.week_before)::bigint,
    coalesce(earned.revenue, 0) + carried.revenue, (SELECT count(*) FROM acting)
FROM hot, carried, earned
