-- Makes deletions in a group wait for a call that links its things; such calls do not wait for each other.
-- Takes: group. Returns: one row. Held to the end of the transaction.
SELECT pg_advisory_xact_lock_shared(hashtextextended('ontology_links:' || %(group)s, 0))
