-- The types of live connections that lead to a thing and from it, and how many there are in each direction.
-- Takes: group, thing. Returns: inbound types, outbound types (lists, sorted), inbound, outbound (counts).
-- Cost: one index probe a type, by connection_live_inbound and connection_is_live_once; the counts read the index entries of all.
WITH RECURSIVE inbound (type) AS (
    (SELECT type FROM ontology_connection WHERE group_id = %(group)s AND to_thing_id = %(thing)s AND deleted_at IS NULL ORDER BY type LIMIT 1)
    UNION ALL
    SELECT (
        SELECT link.type FROM ontology_connection AS link
        WHERE link.group_id = %(group)s AND link.to_thing_id = %(thing)s AND link.deleted_at IS NULL AND link.type > inbound.type
        ORDER BY link.type LIMIT 1
    ) FROM inbound WHERE inbound.type IS NOT NULL
), outbound (type) AS (
    (SELECT type FROM ontology_connection WHERE group_id = %(group)s AND from_thing_id = %(thing)s AND deleted_at IS NULL ORDER BY type LIMIT 1)
    UNION ALL
    SELECT (
        SELECT link.type FROM ontology_connection AS link
        WHERE link.group_id = %(group)s AND link.from_thing_id = %(thing)s AND link.deleted_at IS NULL AND link.type > outbound.type
        ORDER BY link.type LIMIT 1
    ) FROM outbound WHERE outbound.type IS NOT NULL
)
SELECT
    (SELECT coalesce(array_agg(type ORDER BY type), '{}') FROM inbound WHERE type IS NOT NULL),
    (SELECT coalesce(array_agg(type ORDER BY type), '{}') FROM outbound WHERE type IS NOT NULL),
    (SELECT count(*) FROM ontology_connection WHERE group_id = %(group)s AND to_thing_id = %(thing)s AND deleted_at IS NULL),
    (SELECT count(*) FROM ontology_connection WHERE group_id = %(group)s AND from_thing_id = %(thing)s AND deleted_at IS NULL)
