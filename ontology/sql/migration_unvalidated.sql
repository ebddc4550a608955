-- Constraints that were added without a look at the rows there are. Takes: nothing. Returns: table, constraint. Cost: a read of the catalog.
SELECT conrelid::regclass::text, conname::text FROM pg_constraint
WHERE NOT convalidated AND connamespace = 'public'::regnamespace AND conrelid::regclass::text LIKE 'ontology\_%%' ORDER BY 1, 2
