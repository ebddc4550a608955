-- Makes hours of the minutes before `fine_until`, and drops what is older than `kept_from`. Takes: fine_until, kept_from. Returns: rows that went.
-- Cost: the samples of the hours that are folded, each once.
WITH gone AS (
    DELETE FROM monitoring_statementsample WHERE (seconds < 3600 AND taken_at < %(fine_until)s) OR taken_at < %(kept_from)s
    RETURNING taken_at, query_id, calls, total_ms, rows, blocks_hit, blocks_read
), folded AS (
    INSERT INTO monitoring_statementsample (taken_at, seconds, query_id, calls, total_ms, rows, blocks_hit, blocks_read)
    SELECT date_trunc('hour', taken_at), 3600, query_id, sum(calls), sum(total_ms), sum(rows), sum(blocks_hit), sum(blocks_read)
    FROM gone WHERE taken_at >= %(kept_from)s GROUP BY date_trunc('hour', taken_at), query_id
)
SELECT count(*) FROM gone
