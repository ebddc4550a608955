-- The events of a restored batch that are still in the database. Takes: batch, group. Returns: their ids. Cost: a look by key each.
SELECT event.id FROM archival_restoredevent AS back
JOIN ontology_event AS event ON event.id = back.event_id AND event."timestamp" = back."timestamp" AND event.group_id = %(group)s
WHERE back.batch_id = %(batch)s
