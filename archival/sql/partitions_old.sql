-- The months that have a partition of events and ended some days ago, the earliest first.
-- Takes: days. Returns: the first moment of each. Cost: a read of the catalog.
SELECT month AT TIME ZONE 'UTC' FROM (
    SELECT to_date(right(inhrelid::regclass::text, 7), 'YYYY_MM')::timestamp AS month FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass
) AS partition
WHERE (month + interval '1 month') AT TIME ZONE 'UTC' < statement_timestamp() - make_interval(days => %(days)s)
ORDER BY month
