-- Makes a worker the one that holds a run, if it waits or its last worker gave no sign of life for a lease. Takes: run, worker, lease_seconds.
-- Returns: the run's id, or nothing when another holds it or nothing is left to do. One row by its key.
UPDATE ontology_run
SET worker = %(worker)s,
    state = CASE WHEN state IN ('pausing', 'cancelling') THEN state ELSE 'running' END,
    attempts = attempts + 1,
    started_at = coalesce(started_at, clock_timestamp()),
    heartbeat_at = clock_timestamp(),
    finished_at = NULL,
    error = ''
WHERE id = %(run)s
    AND (
        state IN ('new', 'interrupted')
        OR state IN ('running', 'pausing', 'cancelling')
        AND (heartbeat_at IS NULL OR heartbeat_at < clock_timestamp() - %(lease_seconds)s * interval '1 second')
    )
RETURNING id
