-- How many live connections a thing has in each direction, counted up to a limit.
-- Takes: group, thing; outbound, inbound (whether asked for); type, as_of (or null); rows (the limit). Returns: outbound, inbound.
-- Cost: at most ROWS index entries a direction, by connection_is_live_once and connection_live_inbound; with as_of the rows themselves.
SELECT
    (SELECT count(*) FROM (
        SELECT FROM ontology_connection
        WHERE %(outbound)s AND group_id = %(group)s AND from_thing_id = %(thing)s AND deleted_at IS NULL
          AND (%(type)s::text IS NULL OR type = %(type)s)
          AND (%(as_of)s::timestamptz IS NULL OR (coalesce(valid_from, '-infinity') <= %(as_of)s AND coalesce(valid_to, 'infinity') > %(as_of)s))
        LIMIT %(rows)s
    ) AS leading_away),
    (SELECT count(*) FROM (
        SELECT FROM ontology_connection
        WHERE %(inbound)s AND group_id = %(group)s AND to_thing_id = %(thing)s AND deleted_at IS NULL
          AND (%(type)s::text IS NULL OR type = %(type)s)
          AND (%(as_of)s::timestamptz IS NULL OR (coalesce(valid_from, '-infinity') <= %(as_of)s AND coalesce(valid_to, 'infinity') > %(as_of)s))
        LIMIT %(rows)s
    ) AS leading_here)
