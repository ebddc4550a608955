-- Waits until no custom metric is being defined, and lets none be before this transaction ends: so that carried events answer all there are.
-- Takes: nothing. Returns: nothing. Cost: the wait.
SELECT pg_advisory_xact_lock_shared(hashtextextended('ontology_custom_metrics', 0))
