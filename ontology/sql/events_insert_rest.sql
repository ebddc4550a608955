-- Writes the staged events into a group, save those it has already, hot or cold (same id, or same external_id in the month).
-- Takes: group. Returns: the staged ids that were left out. Cost: one index insert per row and index; triggers check the references by one join a call;
-- where the group has cold events in those months, a read of their keys' buckets.
-- The stage was filled in the order of that key, so that two calls with the same rows wait for each other in a line and not in a circle; NOT IN keeps it.
WITH cold AS MATERIALIZED (
    SELECT found.cold_id FROM (
        SELECT array_agg(id) AS ids, array_agg(external_id) AS external_ids, array_agg("timestamp") AS moments FROM stage_event
    ) AS it, ontology_events_cold(%(group)s, it.ids, it.external_ids, it.moments) AS found
), written AS (
    INSERT INTO ontology_event (id, group_id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id)
    SELECT id, %(group)s, type, actor_id, target_id, person_id, "timestamp", metadata, external_id FROM stage_event
    WHERE id NOT IN (SELECT cold_id FROM cold)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT stage.id::text FROM stage_event AS stage WHERE NOT EXISTS (SELECT FROM written WHERE written.id = stage.id)
