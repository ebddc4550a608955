-- Drops the partition of a month when it is empty and old. Takes: month (any moment of it), days since it ended. Returns: whether it did.
-- Cost: an ACCESS EXCLUSIVE lock on the events for some ms, waited for 200 ms at most.
SELECT ontology_event_partition_drop(%(month)s, %(days)s)
