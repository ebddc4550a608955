-- Tables with their partitions. Takes: tables. Returns: table. Cost: a read of the catalog.
SELECT unnest(%(tables)s::text[]) UNION ALL SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = ANY (%(tables)s::regclass[])
