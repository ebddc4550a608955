-- Bloat of tables and b-tree indexes as an estimate from statistics: how many pages the rows would need, against how many there are.
-- Takes: min_bytes; widths, an object of the bytes of a row by the name of a table or index, where statistics are hidden by row-level security.
-- Returns: kind, name, table, bytes, wasted bytes (null: the width of its rows is not known), percent. Small ones are left out.
-- Cost: the catalog and pg_stats.
WITH const AS (SELECT current_setting('block_size')::numeric AS page, 24 AS header, 8 AS item),
widths AS (
    SELECT a.attrelid, count(*) AS columns, coalesce((%(widths)s::jsonb ->> min(c.relname))::numeric,
        CASE WHEN bool_and(s.avg_width IS NOT NULL) THEN sum((1 - s.null_frac) * s.avg_width) END) AS width
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')
    LEFT JOIN LATERAL (
        SELECT max(s.null_frac) AS null_frac, max(s.avg_width) AS avg_width FROM pg_stats AS s
        WHERE s.schemaname = 'public' AND s.attname = a.attname
            AND s.tablename IN (c.relname, (SELECT held.relname FROM pg_index AS i JOIN pg_class AS held ON held.oid = i.indrelid WHERE i.indexrelid = c.oid))
    ) AS s ON true
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v' GROUP BY a.attrelid
), tables AS (
    SELECT 'table' AS kind, c.relname AS name, c.relname AS held, c.relpages, c.reltuples, pg_relation_size(c.oid) AS bytes,
        ceil(c.reltuples * (ceil((23 + (w.columns + 7) / 8 + w.width) / 8.0) * 8 + 4)
            / ((page - header) * coalesce((SELECT (regexp_match(o, 'fillfactor=(\d+)'))[1]::numeric FROM unnest(c.reloptions) AS o WHERE o LIKE 'fillfactor%%'), 100) / 100))
            AS pages_needed
    FROM pg_class AS c JOIN widths AS w ON w.attrelid = c.oid, const
    WHERE c.relkind = 'r' AND c.reltuples > 0
), indexes AS (
    SELECT 'index' AS kind, c.relname AS name, held.relname AS held, c.relpages, c.reltuples, pg_relation_size(c.oid) AS bytes,
        ceil(c.reltuples * (ceil((8 + w.width) / 8.0) * 8 + 4) / ((page - header - 16) * 0.9)) + 1 AS pages_needed
    FROM pg_class AS c JOIN widths AS w ON w.attrelid = c.oid JOIN pg_index AS i ON i.indexrelid = c.oid
    JOIN pg_class AS held ON held.oid = i.indrelid JOIN pg_am AS am ON am.oid = c.relam AND am.amname = 'btree', const
    WHERE c.relkind = 'i' AND c.reltuples > 0
)
SELECT kind, name, held, bytes, CASE WHEN pages_needed IS NOT NULL THEN greatest(0, bytes - (pages_needed * page)::bigint)::bigint END,
    round((100 * greatest(0, 1 - pages_needed * page::float8 / bytes))::numeric, 1)::float8
FROM (SELECT * FROM tables UNION ALL SELECT * FROM indexes) AS it, const
WHERE bytes >= %(min_bytes)s
ORDER BY 5 DESC NULLS LAST
