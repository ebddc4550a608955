-- Who follows a creator, and what it made: distinct things that it `authored` or that are `created_by` it.
-- Takes: group, creator. Returns: followers, contents. Cost: the index entries of those connections, by connection_live_inbound and connection_is_live_once.
SELECT
    (SELECT count(*) FROM ontology_connection
     WHERE group_id = %(group)s AND to_thing_id = %(creator)s AND type = 'following' AND deleted_at IS NULL),
    (SELECT count(*) FROM (
        SELECT to_thing_id FROM ontology_connection
        WHERE group_id = %(group)s AND from_thing_id = %(creator)s AND type = 'authored' AND deleted_at IS NULL
        UNION
        SELECT from_thing_id FROM ontology_connection
        WHERE group_id = %(group)s AND to_thing_id = %(creator)s AND type = 'created_by' AND deleted_at IS NULL
    ) AS made)
