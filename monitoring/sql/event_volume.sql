-- Groups whose events of yesterday (UTC) are far from those of the same weekday in the weeks before: by six times their spread, and to a fifth or the fivefold.
-- Takes: group (null: all), now, weeks, own (types that the platform itself writes). Returns: group, kind, id, reason, metadata. Cost: the index entries of those weeks.
WITH day AS (
    SELECT group_id, ("timestamp" AT TIME ZONE 'UTC')::date AS day, count(*) AS events FROM ontology_event
    WHERE "timestamp" >= date_trunc('day', %(now)s::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - make_interval(days => 7 * %(weeks)s + 1)
        AND "timestamp" < date_trunc('day', %(now)s::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
        AND type <> ALL (%(own)s::text[]) AND group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s)
    GROUP BY 1, 2
), begun AS (
    SELECT group_id, min(day) AS first FROM day GROUP BY 1
), same_weekday AS (
    SELECT begun.group_id, week, coalesce(day.events, 0) AS events
    FROM begun CROSS JOIN generate_series(0, %(weeks)s) AS week
    LEFT JOIN day ON day.group_id = begun.group_id AND day.day = (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - 1 - 7 * week
    WHERE (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - 1 - 7 * %(weeks)s >= begun.first
), usual AS (
    SELECT group_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY events) AS middle FROM same_weekday WHERE week > 0 GROUP BY 1
), spread AS (
    SELECT usual.group_id, usual.middle, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(same_weekday.events - usual.middle)) AS deviation
    FROM usual JOIN same_weekday USING (group_id) WHERE same_weekday.week > 0 GROUP BY 1, 2
)
SELECT spread.group_id, 'group', spread.group_id::text, CASE WHEN latest.events > spread.middle THEN 'more' ELSE 'fewer' END,
    jsonb_build_object('day', (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - 1, 'events', latest.events, 'usual', spread.middle)
FROM spread
JOIN same_weekday AS latest ON latest.group_id = spread.group_id AND latest.week = 0
JOIN ontology_group AS it ON it.id = spread.group_id
WHERE it.status = 'active' AND it.slug <> 'platform' AND spread.middle >= 50
    AND abs(latest.events - spread.middle) > 6 * greatest(1.4826 * spread.deviation, sqrt(spread.middle))
    AND (latest.events < spread.middle / 5 OR latest.events > spread.middle * 5)
