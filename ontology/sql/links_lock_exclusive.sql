-- Makes calls that link things of a group wait, for a deletion or restoration. Takes: group. Returns: one row. Held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('ontology_links:' || %(group)s, 0))
