-- Foreign keys of tables that are checked with each statement. Takes: tables. Returns: table, constraint. Cost: a read of the catalog.
SELECT conrelid::regclass::text, conname::text FROM pg_constraint
WHERE contype = 'f' AND NOT condeferrable AND conparentid = 0 AND conrelid = ANY (%(tables)s::regclass[]) ORDER BY 1, 2
