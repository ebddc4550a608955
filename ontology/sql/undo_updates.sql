-- What a run changed things from, for those that nobody has changed since. Takes: group, ids and events (place by place), at (when they were written),
-- since and until (within which those events lie),
-- run (the one that undoes). Returns: id, the fields' old values as JSON text (null when the event is no more in the database), and whether the
-- thing was changed or deleted since. Cost: two index reads a row.
SELECT t.id, (SELECT (e.metadata -> 'old')::text FROM ontology_event AS e
        WHERE e.id = w.event_id AND e.group_id = %(group)s AND e.type = 'thing_updated'
            AND e."timestamp" BETWEEN %(since)s AND %(until)s),
    t.deleted_at IS NOT NULL OR t.updated_at > %(at)s AND NOT EXISTS (
        SELECT FROM ontology_runwrite AS mine WHERE mine.run_id = %(run)s AND mine.act = 'updated' AND t.id = ANY (mine.ids) AND t.updated_at <= mine.at
    )
FROM unnest(%(ids)s::uuid[], %(events)s::uuid[]) AS w (id, event_id)
JOIN ontology_thing AS t ON t.group_id = %(group)s AND t.id = w.id
ORDER BY t.id
