-- Which external ids are taken in a group. Takes: group, external_ids. Returns: external_id, whether its thing is deleted. Cost: one index probe each.
SELECT external_id, deleted_at IS NOT NULL FROM ontology_thing WHERE group_id = %(group)s AND external_id = ANY(%(external_ids)s)
