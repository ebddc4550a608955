-- Indexes of the application as they are defined: what they lie on, whether they are valid, and whether a rule needs them. Parts of partitioned
-- indexes are left to the index they belong to. Takes nothing.
-- Returns: oid, name, table, definition, access method, unique, of a constraint, valid, columns (in order, expressions as text), predicate, included
-- columns, operator classes and directions, bytes, of a foreign key's columns (whether a key begins with the same columns). Cost: the catalog.
SELECT c.oid::bigint, c.relname, held.relname, pg_get_indexdef(c.oid), am.amname, i.indisunique,
    EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid), i.indisvalid AND i.indisready,
    (SELECT array_agg(pg_get_indexdef(c.oid, n, true) ORDER BY n) FROM generate_series(1, i.indnkeyatts) AS n),
    coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
    (SELECT coalesce(array_agg(pg_get_indexdef(c.oid, n, true) ORDER BY n), '{}') FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS n),
    i.indclass::text || '/' || i.indoption::text,
    coalesce((SELECT sum(pg_relation_size(part.relid)) FROM pg_partition_tree(c.oid) AS part WHERE part.isleaf), pg_relation_size(c.oid))::bigint,
    EXISTS (
        SELECT FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = i.indrelid
            AND (string_to_array(i.indkey::text, ' '))[1:cardinality(k.conkey)] @> k.conkey::text[]
    ),
    held.relkind = 'p'
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_class AS held ON held.oid = i.indrelid
JOIN pg_am AS am ON am.oid = c.relam
WHERE held.relnamespace = 'public'::regnamespace AND NOT c.relispartition
ORDER BY held.relname, c.relname
