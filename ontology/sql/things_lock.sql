-- Locks things of a group, in the order of their ids so that two calls never wait for each other in a circle.
-- Takes: group, ids, external_ids. Returns: external_id, id, type, name, properties, status, version, whether deleted. Cost: one index probe each.
SELECT external_id, id::text, type, name, properties::text, status, version, deleted_at IS NOT NULL
FROM ontology_thing
WHERE group_id = %(group)s AND (id = ANY(%(ids)s::uuid[]) OR external_id = ANY(%(external_ids)s))
ORDER BY id
FOR NO KEY UPDATE
