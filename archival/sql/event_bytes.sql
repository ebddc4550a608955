-- Bytes that an event takes on average in the database, by the table's size and PostgreSQL's estimates.
-- Takes nothing. Returns: the bytes, 0 where nothing is known. Cost: the sizes of the partitions' files.
SELECT coalesce(sum(pg_total_relation_size(part.oid)) / nullif(sum(greatest(part.reltuples, 0)), 0), 0)
FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid WHERE inhparent = 'ontology_event'::regclass AND part.reltuples > 0
