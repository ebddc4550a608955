-- How far a replica has replayed the log of changes. Takes nothing. Returns bytes; null on a server that is no replica (any more). Cost: none to speak of.
SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END
