-- Deletes the hot events of a batch that was read back, into the stage, from which what metrics need is carried.
-- Takes: batch, fence. Returns nothing; as many rows as left. Cost: two scans of the batch's range, one delete a row.
INSERT INTO stage_event (id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id)
SELECT id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id FROM archival_events_leave(%(batch)s, %(fence)s)
