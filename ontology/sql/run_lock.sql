-- Makes this session the only one that works on a run. Takes: run. Returns: whether it got it. Held until run_unlock or the session's end.
SELECT pg_try_advisory_lock(hashtextextended('ontology_run:' || %(run)s, 0))
