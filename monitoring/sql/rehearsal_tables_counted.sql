-- The tables whose rows a migration must not lose: all but partitions, which their parents count. Takes nothing. Returns (table). Cost: the catalogue.

SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace ORDER BY relname
