-- The latest events by or on a thing, or those before a place among them.
-- Takes: group, thing, before, before_id (both null: the latest of all), rows. Returns: event id, timestamp, the latest first.
-- Cost: two index scans that end after ROWS entries, by event_by_actor and event_on_target, in the partitions that hold them; `<=` beside the row
-- comparison lets PostgreSQL leave out later partitions.
SELECT id, "timestamp" FROM (
    (
        SELECT id, "timestamp" FROM ontology_event
        WHERE group_id = %(group)s AND actor_id = %(thing)s
          AND (%(before)s::timestamptz IS NULL OR ("timestamp" <= %(before)s AND ("timestamp", id) < (%(before)s, %(before_id)s::uuid)))
        ORDER BY "timestamp" DESC, id DESC
        LIMIT %(rows)s
    )
    UNION
    (
        SELECT id, "timestamp" FROM ontology_event
        WHERE group_id = %(group)s AND target_id = %(thing)s
          AND (%(before)s::timestamptz IS NULL OR ("timestamp" <= %(before)s AND ("timestamp", id) < (%(before)s, %(before_id)s::uuid)))
        ORDER BY "timestamp" DESC, id DESC
        LIMIT %(rows)s
    )
) AS found
ORDER BY "timestamp" DESC, id DESC
LIMIT %(rows)s
