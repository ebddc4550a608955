-- Makes the partitions of saved events that are missing. Takes nothing. Returns nothing. Cost: a scan of the saved events.
SELECT ontology_event_partition_make(month) FROM (SELECT DISTINCT date_trunc('month', "timestamp", 'UTC') AS month FROM saved_ontology_event) AS months
