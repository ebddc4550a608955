-- Live connections of a thing: those that lead from it by type and the other thing's id, then those that lead to it by type, the latest first.
-- Takes: group, thing; outbound, inbound (whether asked for); type, as_of (or null); where the page begins after: after_type, after_key (or null:
-- at the beginning), after_inbound (whether that place lies among the inbound ones); rows (of each part, the offset among them), "limit", "offset".
-- Returns: connection id, whether inbound, type, key, in order. Cost: three index scans of at most ROWS entries, by connection_is_live_once and
-- connection_live_inbound; with as_of also the entries that do not hold then.
SELECT id, part > 0, type, key FROM (
    (
        SELECT id, 0 AS part, type, to_thing_id AS key FROM ontology_connection
        WHERE %(outbound)s AND NOT %(after_inbound)s AND group_id = %(group)s AND from_thing_id = %(thing)s AND deleted_at IS NULL
          AND (%(type)s::text IS NULL OR type = %(type)s)
          AND (%(after_type)s::text IS NULL OR (type, to_thing_id) > (%(after_type)s, %(after_key)s::uuid))
          AND (%(as_of)s::timestamptz IS NULL OR (coalesce(valid_from, '-infinity') <= %(as_of)s AND coalesce(valid_to, 'infinity') > %(as_of)s))
        ORDER BY type, to_thing_id
        LIMIT %(rows)s
    )
    UNION ALL
    (
        SELECT id, 1 AS part, type, id AS key FROM ontology_connection
        WHERE %(inbound)s AND %(after_inbound)s AND group_id = %(group)s AND to_thing_id = %(thing)s AND deleted_at IS NULL
          AND (%(type)s::text IS NULL OR type = %(type)s)
          AND type = %(after_type)s AND id < %(after_key)s::uuid
          AND (%(as_of)s::timestamptz IS NULL OR (coalesce(valid_from, '-infinity') <= %(as_of)s AND coalesce(valid_to, 'infinity') > %(as_of)s))
        ORDER BY type, id DESC
        LIMIT %(rows)s
    )
    UNION ALL
    (
        SELECT id, 2 AS part, type, id AS key FROM ontology_connection
        WHERE %(inbound)s AND group_id = %(group)s AND to_thing_id = %(thing)s AND deleted_at IS NULL
          AND (%(type)s::text IS NULL OR type = %(type)s)
          AND (NOT %(after_inbound)s OR type > %(after_type)s)
          AND (%(as_of)s::timestamptz IS NULL OR (coalesce(valid_from, '-infinity') <= %(as_of)s AND coalesce(valid_to, 'infinity') > %(as_of)s))
        ORDER BY type, id DESC
        LIMIT %(rows)s
    )
) AS found
ORDER BY part, type, CASE WHEN part = 0 THEN key END, key DESC
LIMIT %(limit)s OFFSET %(offset)s
