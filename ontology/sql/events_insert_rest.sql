-- Writes the staged events into a group, save those it has already (same id, or same external_id in the month).
-- Takes: group. Returns: the staged ids that were left out. Cost: one index insert per row and index; triggers check the references by one join a call.
-- The stage was filled in the order of that key, so that two calls with the same rows wait for each other in a line and not in a circle.
WITH written AS (
    INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id)
    SELECT id, %(group)s, type, actor_id, target_id, person_id, "timestamp", metadata, external_id FROM stage_event
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT stage.id::text FROM stage_event AS stage WHERE NOT EXISTS (SELECT FROM written WHERE written.id = stage.id)
