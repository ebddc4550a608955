-- The connections that a deletion took and still holds. Takes: group, deletion. Returns: id, type, from, to. Cost: one index scan.
SELECT id, type, from_thing_id::text, to_thing_id::text FROM ontology_connection
WHERE group_id = %(group)s AND deletion_id = %(deletion)s ORDER BY id
