-- Of each column, what part of the rows is null, and what part is true where it holds truth values. Takes: tables.
-- Returns: table, column, null part, true part (null: no truth values). Cost: pg_stats.
SELECT s.tablename, s.attname, s.null_frac::float8,
    CASE WHEN a.atttypid = 'bool'::regtype THEN coalesce((
        SELECT freq FROM unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS it (val, freq) WHERE val = 't'), 0)::float8 END
FROM pg_stats AS s
JOIN pg_class AS c ON c.relname = s.tablename AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = s.attname
WHERE s.schemaname = 'public' AND s.tablename = ANY (%(tables)s)
