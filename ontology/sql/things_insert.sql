-- Writes the staged things into a group; fails when the external_id of one is taken there.
-- Takes: group. Returns: nothing. Cost: one index insert per row and index.
INSERT INTO ontology_thing (id, group_id, type, name, properties, status, external_id, created_at)
SELECT id, %(group)s, type, name, properties, status, external_id, coalesce(created_at, statement_timestamp()) FROM stage_thing
