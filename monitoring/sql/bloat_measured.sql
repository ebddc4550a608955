-- Bloat of tables and b-tree indexes as pgstattuple measures it: dead and free space of tables (approximately, by the visibility map), and how far
-- the leaves of an index are filled against the 90 percent of a fresh one. Takes: min_bytes, max_bytes. Returns as bloat_estimated.
-- Cost: reads the indexes whole, and of tables what is not all visible; those larger than max_bytes are left to the estimate.
SELECT 'table', c.relname, c.relname, pg_relation_size(c.oid), (told.dead_tuple_len + told.approx_free_space)::bigint,
    round((told.dead_tuple_percent + told.approx_free_percent)::numeric, 1)::float8
FROM pg_class AS c, LATERAL pgstattuple_approx(c.oid) AS told
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND pg_relation_size(c.oid) BETWEEN %(min_bytes)s AND %(max_bytes)s
UNION ALL
SELECT 'index', c.relname, held.relname, pg_relation_size(c.oid),
    (pg_relation_size(c.oid) * greatest(0, 1 - told.avg_leaf_density / 90.0))::bigint, round((100 * greatest(0, 1 - told.avg_leaf_density / 90.0))::numeric, 1)::float8
FROM pg_class AS c JOIN pg_index AS i ON i.indexrelid = c.oid JOIN pg_class AS held ON held.oid = i.indrelid
JOIN pg_am AS am ON am.oid = c.relam AND am.amname = 'btree', LATERAL pgstatindex(c.oid::regclass) AS told
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i' AND i.indisvalid AND pg_relation_size(c.oid) BETWEEN %(min_bytes)s AND %(max_bytes)s
ORDER BY 5 DESC
