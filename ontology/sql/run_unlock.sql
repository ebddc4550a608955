-- Lets another session work on a run. Takes: run. Returns: whether it was held.
SELECT pg_advisory_unlock(hashtextextended('ontology_run:' || %(run)s, 0))
