-- How many events of a group are older than a moment, restored ones aside.
-- Takes: group, cutoff. Returns: the count. Cost: the index entries of those events.
SELECT count(*) FROM ontology_event AS event
WHERE event.group_id = %(group)s AND event."timestamp" < %(cutoff)s
    AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
