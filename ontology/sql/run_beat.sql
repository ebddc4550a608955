-- A sign of life of the worker that holds a run. Takes: run, worker. Returns: the run's id, nothing when another holds it. One row by its key.
UPDATE ontology_run SET heartbeat_at = clock_timestamp()
WHERE id = %(run)s AND worker = %(worker)s AND state IN ('running', 'pausing', 'cancelling')
RETURNING id
