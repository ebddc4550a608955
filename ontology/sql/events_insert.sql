-- Writes the staged events into a group; fails when it has one of them already (same id, or same external_id in the month).
-- Takes: group. Returns: nothing. Cost: one index insert per row and index; triggers check the references by one join a call.
INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id)
SELECT id, %(group)s, type, actor_id, target_id, person_id, "timestamp", metadata, external_id FROM stage_event
