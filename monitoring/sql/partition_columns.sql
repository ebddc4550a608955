-- Columns of tables, and the unique keys that lack them. Takes: tables.
-- Returns: table, column, type, names of the unique indexes without it. Cost: the catalog.
SELECT c.relname, a.attname, format_type(a.atttypid, NULL),
    ARRAY(SELECT i.indexrelid::regclass::text FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum <> ALL (i.indkey) ORDER BY 1)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(tables)s)
ORDER BY c.relname, a.attnum
