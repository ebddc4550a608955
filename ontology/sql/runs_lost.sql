-- Runs that nobody may be working on: those that workers hold, with the silence of each, and those whose message is overdue.
-- Takes: overdue_seconds. Returns: id, state, task, attempts, worker, and the seconds since the last sign of life (null for a run that waits).
-- Reads the index run_unfinished.
SELECT id, state, task, attempts, worker,
    CASE WHEN state IN ('running', 'pausing', 'cancelling') THEN extract(epoch FROM clock_timestamp() - coalesce(heartbeat_at, created_at)) END
FROM ontology_run
WHERE state IN ('running', 'pausing', 'cancelling')
    OR state IN ('new', 'interrupted') AND task <> ''
    AND (queued_at IS NULL OR queued_at < clock_timestamp() - %(overdue_seconds)s * interval '1 second')
ORDER BY id
FOR UPDATE SKIP LOCKED
