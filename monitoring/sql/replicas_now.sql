-- Replicas that stream from this server. Takes nothing. Returns: name, state, lag in bytes, lag in seconds. Cost: one statistics view.
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'replica'), state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint,
    extract(epoch FROM replay_lag)::float8
FROM pg_stat_replication WHERE NOT pg_is_in_recovery()
