-- Things of a group by id or external_id, deleted ones included.
-- Takes: group, ids, external_ids. Returns: id, external_id, type, whether deleted. Cost: one index probe each.
SELECT id::text, external_id, type, deleted_at IS NOT NULL FROM ontology_thing
WHERE group_id = %(group)s AND id = ANY(%(ids)s::uuid[])
UNION ALL
SELECT id::text, external_id, type, deleted_at IS NOT NULL FROM ontology_thing
WHERE group_id = %(group)s AND external_id = ANY(%(external_ids)s)
