-- Staged things that things_insert left out, with the row that holds their external_id.
-- Takes: group. Returns: staged id, the other row's id, whether that one is deleted. Cost: two index scans per staged thing.
SELECT stage.id::text, other.id::text, other.deleted_at IS NOT NULL
FROM stage_thing AS stage
JOIN ontology_thing AS other ON other.group_id = %(group)s AND other.external_id = stage.external_id AND other.id <> stage.id
