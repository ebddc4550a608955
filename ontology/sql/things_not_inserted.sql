-- Staged things that things_insert left out, with the row that holds their external_id.
-- Takes: group. Returns: staged id, the other row's id (null when this transaction cannot see it), whether that one is deleted.
-- Cost: two index probes per staged thing.
SELECT stage.id::text, other.id::text, other.deleted_at IS NOT NULL
FROM stage_thing AS stage
LEFT JOIN ontology_thing AS other ON other.group_id = %(group)s AND other.external_id = stage.external_id
WHERE NOT EXISTS (SELECT FROM ontology_thing AS written WHERE written.id = stage.id)
