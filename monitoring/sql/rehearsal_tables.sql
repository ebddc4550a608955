-- The tables that people may be reading and writing. Takes nothing. Returns (oid). Cost: the catalogue.

SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'm') AND relnamespace = 'public'::regnamespace
