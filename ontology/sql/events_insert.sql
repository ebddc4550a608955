-- Writes the staged events into a group, save those it has already (same id, or same external_id in the month).
-- Takes: group. Returns: nothing (the row count says how many were written). Cost: one index insert per row and index; a hash or index join checks references.
INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id)
SELECT id, %(group)s, type, actor_id, target_id, person_id, "timestamp", metadata, external_id FROM stage_event
ON CONFLICT DO NOTHING
