-- Commits a chunk's place with its rows, if the worker still holds the run. Takes: run, worker, and what the row says from now on. Returns: the wish
-- of those who watch (state), and the tuning for the next chunk; nothing when another worker holds the run. One row by its key.
UPDATE ontology_run
SET cursor = %(cursor)s, counts = %(counts)s, reserved = %(reserved)s, done = %(done)s, total = %(total)s, step = %(step)s,
    attempts = 0, heartbeat_at = clock_timestamp()
WHERE id = %(run)s AND worker = %(worker)s AND state IN ('running', 'pausing', 'cancelling')
RETURNING state, batch_size, throttle_ms
