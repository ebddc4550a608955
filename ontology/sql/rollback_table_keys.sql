-- The primary keys of tables. Takes: tables. Returns: table, its columns. Cost: a read of the catalog.
SELECT i.indrelid::regclass::text, array_agg(a.attname::text ORDER BY array_position(i.indkey::smallint[], a.attnum))
FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[])
WHERE i.indisprimary AND i.indrelid = ANY (%(tables)s::regclass[]) GROUP BY i.indrelid
