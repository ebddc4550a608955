-- Tables and indexes of the application with size and counters, parts of a partitioned one added up under its name.
-- Takes nothing. Returns: kind, name, table, bytes, rows, dead rows, scans, rows read. Cost: the catalog, and the size of every file.
WITH top AS (
    SELECT c.oid, coalesce(pg_partition_root(c.oid), c.oid)::oid AS root FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'i', 'I')
)
SELECT 'table', root.relname, root.relname, sum(pg_table_size(s.relid))::bigint, sum(s.n_live_tup)::bigint, sum(s.n_dead_tup)::bigint,
    sum(s.seq_scan)::bigint, sum(s.seq_tup_read)::bigint
FROM pg_stat_user_tables AS s JOIN top ON top.oid = s.relid JOIN pg_class AS root ON root.oid = top.root
WHERE s.schemaname = 'public' GROUP BY root.relname
UNION ALL
SELECT 'index', root.relname, held.relname, sum(pg_relation_size(s.indexrelid))::bigint, NULL, NULL, sum(s.idx_scan)::bigint, sum(s.idx_tup_read)::bigint
FROM pg_stat_user_indexes AS s JOIN top ON top.oid = s.indexrelid JOIN pg_class AS root ON root.oid = top.root
JOIN pg_index AS i ON i.indexrelid = root.oid JOIN pg_class AS held ON held.oid = i.indrelid
WHERE s.schemaname = 'public' GROUP BY root.relname, held.relname
