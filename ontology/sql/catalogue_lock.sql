-- Waits until no bulk call works by the catalogue, and lets none begin before this transaction ends: for an edit of the catalogue.
-- Takes: nothing. Returns: nothing. Cost: the wait.
SELECT pg_advisory_xact_lock(hashtextextended('ontology_catalogue', 0))
