-- The hot events of a group by age. Takes: group, warm (the moment before which they are warm).
-- Returns: hot, warm, the oldest one's moment, bytes that an event takes on average in the whole table, by its size and PostgreSQL's estimates.
-- Cost: the index entries of the group's hot events.
SELECT count(*) FILTER (WHERE "timestamp" >= %(warm)s), count(*) FILTER (WHERE "timestamp" < %(warm)s), min("timestamp"), (
    SELECT coalesce(sum(pg_total_relation_size(part.oid)) / nullif(sum(greatest(part.reltuples, 0)), 0), 0)
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid WHERE inhparent = 'ontology_event'::regclass AND part.reltuples > 0
)
FROM ontology_event WHERE group_id = %(group)s
