-- Waits until no edit of the catalogue is under way, and lets none begin before this transaction ends: for work by the catalogue.
-- Takes: nothing. Returns: nothing. Cost: the wait.
SELECT pg_advisory_xact_lock_shared(hashtextextended('ontology_catalogue', 0))
