-- Every table with its group's column, and every key of it that the database keeps: unique, excluding, foreign.
-- Takes nothing. Returns one row per key, and one for a table without any: table, whether it has a group_id, whether that may be empty, the key's name (or
-- null), its columns (null for an expression), and for a foreign key the table and the columns that it refers to. Cost: reads of the system catalog.
WITH house AS (
    SELECT c.oid, c.relname::text AS name, a.attname IS NOT NULL AS has_group, coalesce(NOT a.attnotnull, false) AS may_be_empty
    FROM pg_class AS c
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'group_id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
), kept AS (
    SELECT
        i.indrelid AS oid, x.relname::text AS key, NULL::text AS target, NULL::text[] AS target_columns,
        ARRAY(
            SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (number, place)
            LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0 ORDER BY k.place
        ) AS columns
    FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
    WHERE i.indisunique OR i.indisexclusion
    UNION ALL
    SELECT
        f.conrelid, f.conname::text, (SELECT relname::text FROM pg_class WHERE oid = f.confrelid),
        ARRAY(SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number ORDER BY k.place),
        ARRAY(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number ORDER BY k.place)
    FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conparentid = 0
)
SELECT h.name, h.has_group, h.may_be_empty, k.key, k.columns, k.target, k.target_columns
FROM house AS h LEFT JOIN kept AS k ON k.oid = h.oid
ORDER BY h.name, k.key;
