-- The server as it is: sessions, counters, size, age. Takes nothing. Returns one row, its columns as DatabaseSample and its `raw` have them.
-- Cost: reads of the statistics views, and the sizes of the files of the database.
WITH sessions AS (
    SELECT count(*) AS connections,
        count(*) FILTER (WHERE state = 'active' AND pid <> pg_backend_pid()) AS active,
        count(*) FILTER (WHERE state LIKE 'idle in transaction%%') AS idle_in_transaction,
        coalesce(max(extract(epoch FROM clock_timestamp() - state_change)) FILTER (WHERE state LIKE 'idle in transaction%%'), 0) AS oldest_idle_seconds,
        coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) FILTER (WHERE pid <> pg_backend_pid()), 0) AS oldest_transaction_seconds,
        count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden
    FROM pg_stat_activity WHERE backend_type = 'client backend'
        OR (backend_type IS NULL AND datid IS NOT NULL) -- another's session, of which this role sees no more
)
SELECT clock_timestamp(), sessions.connections, sessions.active, sessions.idle_in_transaction, sessions.oldest_idle_seconds::float8,
    sessions.oldest_transaction_seconds::float8, sessions.hidden,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
    it.xact_commit + it.xact_rollback, it.xact_rollback, it.blks_hit, it.blks_read, it.deadlocks, coalesce(it.stats_reset, pg_postmaster_start_time()),
    pg_database_size(it.datid),
    round(100.0 * age((SELECT datfrozenxid FROM pg_database WHERE oid = it.datid)) / 2146483648, 3)::float8,
    (SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) FROM pg_stat_replication WHERE NOT pg_is_in_recovery())::bigint
FROM pg_stat_database AS it, sessions WHERE it.datname = current_database()
