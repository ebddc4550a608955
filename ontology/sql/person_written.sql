-- How far the log of changes was at a person's last write, and is now. Takes: person (null: nobody). Returns both in bytes; null for no write.
-- Cost: one index probe.
SELECT ontology_person_written(%(person)s), pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint
