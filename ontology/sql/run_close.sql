-- Ends a worker's hold on a run. Takes: run, worker, state, error, result, ended (whether nothing goes on by itself). Returns: the run's id, nothing
-- when another worker holds it. A run that has ended reserves nothing; one that was
-- interrupted is due for the next sweep. One row by its key.
UPDATE ontology_run
SET state = %(state)s, error = %(error)s, result = %(result)s, worker = '', heartbeat_at = clock_timestamp(),
    finished_at = CASE WHEN %(ended)s THEN clock_timestamp() END,
    reserved = CASE WHEN %(ended)s THEN '{}' ELSE reserved END,
    queued_at = CASE WHEN %(state)s <> 'interrupted' THEN queued_at END
WHERE id = %(run)s AND worker = %(worker)s AND state IN ('running', 'pausing', 'cancelling')
RETURNING id
