-- Locks of other sessions on tables, for which writers or everybody would wait. Takes tables (oids). Returns (transaction, table, mode);
-- transaction tells one transaction of one session from the next. Cost: the lock table, once.

SELECT locks.virtualtransaction, locks.relation::regclass::text, locks.mode
FROM pg_locks AS locks
WHERE locks.locktype = 'relation' AND locks.granted AND locks.pid <> pg_backend_pid()
    AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND locks.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND locks.relation = ANY (%(tables)s)
