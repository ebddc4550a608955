-- Sequences of the application and how much of them is used: of their own range, and of the column that they fill where that is narrower.
-- Takes: percent. Returns: name, last value, end, percent used, table and column they fill. Cost: the catalog.
SELECT s.sequencename, s.last_value, it.ends, round(100.0 * s.last_value / it.ends, 1)::float8, it.column_name
FROM pg_sequences AS s
JOIN pg_class AS c ON c.relname = s.sequencename AND c.relnamespace = 'public'::regnamespace
CROSS JOIN LATERAL (
    SELECT least(s.max_value, min(CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END)) AS ends,
        min(held.relname || '.' || a.attname) AS column_name
    FROM pg_depend AS d JOIN pg_class AS held ON held.oid = d.refobjid JOIN pg_attribute AS a ON a.attrelid = held.oid AND a.attnum = d.refobjsubid
    WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
) AS it
WHERE s.schemaname = 'public' AND s.last_value IS NOT NULL AND 100.0 * s.last_value / it.ends >= %(percent)s
ORDER BY 4 DESC
