-- Runs that nobody works on and that should go on: their worker gave no sign of life for a lease, or the message that would have begun them is
-- overdue. Takes: lease_seconds, overdue_seconds. Returns: id, state, task and attempts. Reads the index run_unfinished.
SELECT id, state, task, attempts FROM ontology_run
WHERE state IN ('running', 'pausing', 'cancelling')
    AND (heartbeat_at IS NULL OR heartbeat_at < clock_timestamp() - %(lease_seconds)s * interval '1 second')
    OR state IN ('new', 'interrupted') AND task <> ''
    AND (queued_at IS NULL OR queued_at < clock_timestamp() - %(overdue_seconds)s * interval '1 second')
ORDER BY id
FOR UPDATE SKIP LOCKED
