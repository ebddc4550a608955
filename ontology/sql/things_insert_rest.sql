-- Writes the staged things into a group, save those whose external_id is taken there.
-- Takes: group. Returns: nothing (the row count says how many were written). Cost: one index insert per row and index.
-- The stage was filled in the order of that key, so that two calls with the same rows wait for each other in a line and not in a circle.
INSERT INTO ontology_thing (id, group_id, type, name, properties, status, external_id, created_at)
SELECT id, %(group)s, type, name, properties, status, external_id, coalesce(created_at, statement_timestamp()) FROM stage_thing
ON CONFLICT (group_id, external_id) DO NOTHING
