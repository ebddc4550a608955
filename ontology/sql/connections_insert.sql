-- Writes the staged connections into a group, save those that are live there already.
-- Takes: group. Returns: nothing (the row count says how many were written). Cost: one index insert per row and index, two key checks per row.
-- The stage was filled in the order of that key, so that two calls with the same rows wait for each other in a line and not in a circle.
INSERT INTO ontology_connection (id, group_id, from_thing_id, to_thing_id, type, metadata, strength, valid_from, valid_to)
SELECT id, %(group)s, from_thing_id, to_thing_id, type, metadata, strength, valid_from, valid_to FROM stage_connection
ON CONFLICT (group_id, from_thing_id, type, to_thing_id) WHERE deleted_at IS NULL DO NOTHING
