-- What each statement did since it was last read, from pg_stat_statements: differences to the kept counters, which are brought up to date.
-- Counters that began anew since, because they were reset, thrown out or the server restarted, count from nothing; those seen for the first time
-- count only if they began after the last sample, for otherwise nobody knows when they happened.
-- The texts of what was called are marked as seen, once a day at most.
-- Takes: taken_at, last_at (null: no sample yet), seconds. Returns: samples written, statements without a text yet (array), hidden statements.
-- Cost: one read of the shared memory of pg_stat_statements without its texts, an upsert per statement that was called.
WITH seen AS MATERIALIZED (
    SELECT queryid AS query_id, userid::bigint AS user_oid, toplevel, stats_since AS since, calls, total_exec_time AS total_ms, rows,
        shared_blks_hit AS blocks_hit, shared_blks_read AS blocks_read
    FROM pg_stat_statements(false)
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
), changed AS MATERIALIZED (
    SELECT seen.*, kept.calls AS kept_calls, kept.total_ms AS kept_ms, kept.rows AS kept_rows, kept.blocks_hit AS kept_hit, kept.blocks_read AS kept_read,
        kept.query_id IS NOT NULL AND kept.since = seen.since AND kept.calls <= seen.calls AS goes_on,
        kept.query_id IS NULL AND seen.since <= coalesce(%(last_at)s, 'infinity'::timestamptz) AS is_first_look
    FROM seen
    LEFT JOIN monitoring_statementcounter AS kept USING (query_id, user_oid, toplevel)
    WHERE seen.query_id IS NOT NULL AND (kept.query_id IS NULL OR kept.calls <> seen.calls OR kept.since <> seen.since)
), counted AS (
    INSERT INTO monitoring_statementcounter AS it (query_id, user_oid, toplevel, since, calls, total_ms, rows, blocks_hit, blocks_read)
    SELECT query_id, user_oid, toplevel, since, calls, total_ms, rows, blocks_hit, blocks_read FROM changed
    ON CONFLICT (query_id, user_oid, toplevel) DO UPDATE SET since = excluded.since, calls = excluded.calls, total_ms = excluded.total_ms,
        rows = excluded.rows, blocks_hit = excluded.blocks_hit, blocks_read = excluded.blocks_read
), touched AS (
    UPDATE monitoring_statement AS told SET seen_at = %(taken_at)s
    FROM (SELECT DISTINCT query_id FROM changed) AS it
    WHERE told.query_id = it.query_id AND told.seen_at < %(taken_at)s::timestamptz - interval '1 day'
), sampled AS (
    INSERT INTO monitoring_statementsample (taken_at, seconds, query_id, calls, total_ms, rows, blocks_hit, blocks_read)
    SELECT %(taken_at)s, %(seconds)s, query_id,
        sum(calls - CASE WHEN goes_on THEN kept_calls ELSE 0 END),
        sum(total_ms - CASE WHEN goes_on THEN kept_ms ELSE 0 END),
        sum(rows - CASE WHEN goes_on THEN kept_rows ELSE 0 END),
        sum(blocks_hit - CASE WHEN goes_on THEN kept_hit ELSE 0 END),
        sum(blocks_read - CASE WHEN goes_on THEN kept_read ELSE 0 END)
    FROM changed WHERE NOT is_first_look
    GROUP BY query_id HAVING sum(calls - CASE WHEN goes_on THEN kept_calls ELSE 0 END) > 0
    RETURNING query_id
)
SELECT (SELECT count(*) FROM sampled),
    (SELECT coalesce(array_agg(DISTINCT query_id), '{}') FROM changed WHERE NOT EXISTS (
        SELECT FROM monitoring_statement AS told WHERE told.query_id = changed.query_id)),
    (SELECT count(*) FROM seen WHERE query_id IS NULL)
