-- Groups from which events came on most days of the last weeks, and from which none comes any more: silent for three times as long as ever in that time.
-- Takes: group (null: all), now, days (of history), own (types that the platform itself writes), active (days with events needed to know a habit).
-- Returns: group, kind, id, reason, metadata. Cost: the index entries of the days looked at.
WITH day AS (
    SELECT group_id, date_trunc('day', "timestamp" AT TIME ZONE 'UTC') AS day, max("timestamp") AS latest FROM ontology_event
    WHERE "timestamp" >= %(now)s - make_interval(days => %(days)s) AND "timestamp" <= %(now)s
        AND type <> ALL (%(own)s::text[]) AND group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s)
    GROUP BY 1, 2
), gap AS (
    SELECT group_id, latest, day - lag(day) OVER (PARTITION BY group_id ORDER BY day) AS pause FROM day
), habit AS (
    SELECT group_id, count(*) AS active, max(latest) AS latest, max(pause) AS longest FROM gap GROUP BY 1
)
SELECT habit.group_id, 'group', habit.group_id::text, 'silent',
    jsonb_build_object('latest', habit.latest, 'silentHours', round(extract(epoch FROM %(now)s - habit.latest) / 3600),
        'usualHours', round(extract(epoch FROM habit.longest) / 3600))
FROM habit JOIN ontology_group AS it ON it.id = habit.group_id
WHERE habit.active >= %(active)s AND it.status = 'active' AND it.slug <> 'platform'
    AND %(now)s - habit.latest > greatest(3 * habit.longest, interval '2 days')
