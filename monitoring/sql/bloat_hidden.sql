-- Tables and b-tree indexes whose statistics the present role may not see, and what of their table would tell how wide a row is.
-- Takes: min_bytes. Returns: name, the table they belong to (of a part, the whole), the columns, empty: all. Cost: the catalog.
SELECT c.relname, root.relname,
    CASE c.relkind WHEN 'i' THEN (SELECT array_agg(pg_get_indexdef(c.oid, n, true) ORDER BY n) FROM generate_series(1, i.indnkeyatts) AS n) ELSE '{}' END
FROM pg_class AS c
LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
JOIN pg_class AS held ON held.oid = coalesce(i.indrelid, c.oid)
JOIN pg_class AS root ON root.oid = coalesce(pg_partition_root(held.oid), held.oid)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i') AND c.reltuples > 0 AND pg_relation_size(c.oid) >= %(min_bytes)s
    AND (row_security_active(held.oid) OR NOT has_table_privilege(held.oid, 'SELECT')) AND has_table_privilege(root.oid, 'SELECT')
