-- Deleted connections of a thing, both ways, the latest made first, or those before a place among them.
-- Takes: group, thing, before_id (null: the latest of all), rows. Returns: connection id, whether inbound.
-- Cost: two index scans that end after ROWS entries, by connection_deleted_outbound and connection_deleted_inbound.
SELECT id, inbound FROM (
    (
        SELECT id, false AS inbound FROM ontology_connection
        WHERE group_id = %(group)s AND from_thing_id = %(thing)s AND deleted_at IS NOT NULL
          AND (%(before_id)s::uuid IS NULL OR id < %(before_id)s::uuid)
        ORDER BY id DESC
        LIMIT %(rows)s
    )
    UNION ALL
    (
        SELECT id, true AS inbound FROM ontology_connection
        WHERE group_id = %(group)s AND to_thing_id = %(thing)s AND deleted_at IS NOT NULL AND from_thing_id <> to_thing_id
          AND (%(before_id)s::uuid IS NULL OR id < %(before_id)s::uuid)
        ORDER BY id DESC
        LIMIT %(rows)s
    )
) AS found
ORDER BY id DESC
LIMIT %(rows)s
