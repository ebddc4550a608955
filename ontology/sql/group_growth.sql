-- How a group grew day by day (UTC): its events, hot and carried, and what it held when the day ended: live things, stored bytes.
-- Takes: group, first, last (days). Returns: day, events, things, bytes; every day; by day.
-- Cost: the index entries of the days' events, by event_latest; the carried rows of the days; once each thing, connection and piece of knowledge of
-- the group, for none is indexed by the moment it was made. Bytes are counted as ontology_group_storage_bytes counts them, of rows as they are today.
WITH stored (made, gone, things, bytes) AS (
    SELECT created_at, deleted_at, 1, octet_length(name) + pg_column_size(properties || '{}'::jsonb) FROM ontology_thing WHERE group_id = %(group)s
    UNION ALL
    SELECT created_at, deleted_at, 0, pg_column_size(metadata || '{}'::jsonb) FROM ontology_connection WHERE group_id = %(group)s
    UNION ALL
    SELECT created_at, deleted_at, 0, octet_length(text) + pg_column_size(metadata || '{}'::jsonb) + 4 * coalesce(embedding_dim, 0)
    FROM ontology_knowledge WHERE group_id = %(group)s
), turned AS (
    SELECT
        greatest((turn.moment AT TIME ZONE 'UTC')::date, %(first)s::date) AS day,
        sum(turn.sign * stored.things) AS things, sum(turn.sign * stored.bytes) AS bytes
    FROM stored
    CROSS JOIN LATERAL (VALUES (stored.made, 1), (stored.gone, -1)) AS turn (moment, sign)
    WHERE turn.moment < (%(last)s::date + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1
)
SELECT
    told.day::date,
    hot.events + coalesce(carried.events, 0)::bigint,
    coalesce(sum(turned.things) OVER (ORDER BY told.day), 0)::bigint,
    coalesce(sum(turned.bytes) OVER (ORDER BY told.day), 0)::bigint
FROM generate_series(%(first)s::date::timestamp, %(last)s::date::timestamp, interval '1 day') AS told (day)
CROSS JOIN LATERAL (
    SELECT count(*) AS events FROM ontology_event
    WHERE group_id = %(group)s AND "timestamp" >= told.day AT TIME ZONE 'UTC' AND "timestamp" < (told.day + interval '1 day') AT TIME ZONE 'UTC'
) AS hot
CROSS JOIN LATERAL (
    SELECT sum(count) AS events FROM ontology_carriedevents AS moved WHERE moved.group_id = %(group)s AND moved.day = told.day::date
) AS carried
LEFT JOIN turned ON turned.day = told.day::date
ORDER BY told.day
