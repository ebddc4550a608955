-- Tables whose rows belong to groups, partitions left out: what is to be emptied of one group. Takes nothing. Returns their names.
-- Cost: a read of the catalog.
SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'group_id'
    AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
