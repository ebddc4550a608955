-- Staged connections that connections_insert left out. Takes: group. Returns: staged id. Cost: one index probe per staged connection.
SELECT stage.id::text FROM stage_connection AS stage
WHERE NOT EXISTS (SELECT FROM ontology_connection AS written WHERE written.group_id = %(group)s AND written.id = stage.id)
