-- Tables with many rows, parts of partitioned ones added up. Takes: min_rows. Returns: name, rows, pages. Cost: the catalog.
SELECT root.relname, sum(c.reltuples)::bigint, sum(c.relpages)::bigint
FROM pg_class AS c JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
GROUP BY root.relname HAVING sum(c.reltuples) >= %(min_rows)s
