-- Large tables that are neither partitioned nor a part of one. Takes: min_rows. Returns: name, rows, bytes, the largest first. Cost: the catalog.
SELECT c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid)::bigint
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition AND c.reltuples >= %(min_rows)s
ORDER BY c.reltuples DESC
