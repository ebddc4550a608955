-- Lets one transaction at a time add links of an acyclic type to a group, so that two halves of a cycle never pass each other.
-- Takes: group, type. Returns: one row. Held to the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('ontology_acyclic:' || %(group)s || ':' || %(type)s, 0))
