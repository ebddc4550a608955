-- The database while it is under load: sessions of the role of requests and what they wait for, and counters to take differences of.
-- Takes role (of requests). Returns one row: now in seconds, sessions, active, idle in transaction; of the active those that wait for a lock, for files,
-- for the log (WAL), for other locks of the server, for a client, for nothing (they compute); all sessions, the most there may be (of the server and of
-- the role), blocks hit and read, transactions, bytes of WAL. Cost: reads of two statistics views.
WITH sessions AS (
    SELECT state, wait_event_type, wait_event FROM pg_stat_activity
    WHERE usename = %(role)s AND datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
), active AS (
    SELECT wait_event_type AS kind, wait_event AS event FROM sessions WHERE state = 'active'
)
SELECT extract(epoch FROM clock_timestamp())::float8,
    (SELECT count(*) FROM sessions), (SELECT count(*) FROM active), (SELECT count(*) FROM sessions WHERE state LIKE 'idle in transaction%%'),
    (SELECT count(*) FROM active WHERE kind = 'Lock'),
    (SELECT count(*) FROM active WHERE kind = 'IO' AND event NOT LIKE 'WAL%%'),
    (SELECT count(*) FROM active WHERE event LIKE 'WAL%%' OR event IN ('SyncRep', 'WalSync')),
    (SELECT count(*) FROM active WHERE kind = 'LWLock' AND event NOT LIKE 'WAL%%'),
    (SELECT count(*) FROM active WHERE kind = 'Client'), (SELECT count(*) FROM active WHERE kind IS NULL),
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = %(role)s),
    it.blks_hit, it.blks_read, it.xact_commit + it.xact_rollback,
    CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') END::bigint
FROM pg_stat_database AS it WHERE it.datname = current_database()
