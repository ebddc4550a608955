-- What the active custom metrics of a group find, in all of each one's window and day by day: hot events and carried ones.
-- Takes: group, today (a date), first (the first day to be told by itself), now.
-- Returns: metric, day (null: the window), events, sum, distinct actors.
-- Cost: the events of each metric's type in its window, by event_by_type (by event_latest for metrics of every type), and its carried rows.
WITH asked AS (
    SELECT
        metric.*, metric.path = '' AND metric.sum_key = '' AS plain,
        CASE WHEN window_days IS NULL THEN '-infinity' ELSE %(today)s::date - window_days + 1 END AS since
    FROM ontology_custommetric AS metric
    WHERE group_id = %(group)s AND active
), hot AS (
    SELECT asked.id, asked.since, asked.path, asked.path_values, asked.sum_key, event.day, event.actor_id, event.metadata
    FROM asked
    CROSS JOIN LATERAL (
        SELECT ("timestamp" AT TIME ZONE 'UTC')::date AS day, actor_id, metadata FROM ontology_event
        WHERE asked.event_type <> '' AND group_id = %(group)s AND type = asked.event_type
          AND "timestamp" >= least(asked.since, %(first)s::date)::timestamp AT TIME ZONE 'UTC' AND "timestamp" <= %(now)s
        UNION ALL
        SELECT ("timestamp" AT TIME ZONE 'UTC')::date, actor_id, metadata FROM ontology_event
        WHERE asked.event_type = '' AND group_id = %(group)s
          AND "timestamp" >= least(asked.since, %(first)s::date)::timestamp AT TIME ZONE 'UTC' AND "timestamp" <= %(now)s
    ) AS event
), found AS (
    -- By actor and day first, so that what is sorted for distinct actors are those, and not the events.
    SELECT
        id, since, day, actor_id, count(*) AS count,
        sum(CASE WHEN sum_key <> '' AND jsonb_typeof(metadata -> sum_key) = 'number' THEN (metadata ->> sum_key)::numeric ELSE 0 END) AS amount
    FROM hot
    WHERE path = '' OR jsonb_path_match(metadata, path::jsonpath, path_values, true)
    GROUP BY id, since, day, actor_id
    UNION ALL
    SELECT asked.id, asked.since, carried.day, carried.actor_id, carried.count, 0
    FROM asked
    JOIN ontology_carriedevents AS carried ON carried.group_id = %(group)s AND asked.event_type IN ('', carried.type)
        AND carried.day >= least(asked.since, %(first)s::date)
    WHERE asked.plain
    UNION ALL
    SELECT asked.id, asked.since, carried.day, carried.actor_id, carried.count, carried.amount
    FROM asked
    JOIN ontology_carriedmetric AS carried ON carried.group_id = %(group)s AND carried.metric_id = asked.id
        AND carried.day >= least(asked.since, %(first)s::date)
    WHERE NOT asked.plain
)
SELECT
    id, day,
    coalesce(CASE GROUPING(day) WHEN 1 THEN sum(count) FILTER (WHERE day >= since) ELSE sum(count) END, 0)::bigint,
    coalesce(CASE GROUPING(day) WHEN 1 THEN sum(amount) FILTER (WHERE day >= since) ELSE sum(amount) END, 0),
    CASE GROUPING(day) WHEN 1 THEN count(DISTINCT actor_id) FILTER (WHERE day >= since) ELSE count(DISTINCT actor_id) END
FROM found
GROUP BY GROUPING SETS ((id), (id, day))
HAVING GROUPING(day) = 1 OR day >= %(first)s
