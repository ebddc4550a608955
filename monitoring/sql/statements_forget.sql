-- Forgets the texts of statements that were not called since a moment and of which no sample is left. Takes: kept_from. Returns: how many.
-- Cost: the texts, and an index read of samples for each that is old enough.
WITH gone AS (
    DELETE FROM monitoring_statement AS told WHERE told.seen_at < %(kept_from)s
        AND NOT EXISTS (SELECT FROM monitoring_statementsample AS it WHERE it.query_id = told.query_id)
    RETURNING 1
)
SELECT count(*) FROM gone
