-- Makes the partitions of months that lack one. Takes: months (their first moments, UTC). Returns: how many were made.
-- Cost: a catalog look-up per month; a few ms and a short SHARE UPDATE EXCLUSIVE lock per new partition.
SELECT count(*) FILTER (WHERE ontology_event_partition_make(month)) FROM unnest(%(months)s::timestamptz[]) AS month
