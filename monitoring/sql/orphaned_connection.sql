-- Live connections with an end that is deleted, or that is no thing at all.
-- Takes: group (null: all). Returns: group, kind, id, reason (from, to or both), metadata. Cost: reads the live connections and all things; two hash joins.
SELECT link.group_id, 'connection', link.id::text,
    CASE WHEN start.id IS NOT NULL AND start.deleted_at IS NULL THEN 'to' WHEN finish.id IS NOT NULL AND finish.deleted_at IS NULL THEN 'from' ELSE 'both' END,
    jsonb_build_object(
        'type', link.type, 'from', link.from_thing_id, 'to', link.to_thing_id,
        'fromIs', CASE WHEN start.id IS NULL THEN 'missing' WHEN start.deleted_at IS NOT NULL THEN 'deleted' ELSE 'there' END,
        'toIs', CASE WHEN finish.id IS NULL THEN 'missing' WHEN finish.deleted_at IS NOT NULL THEN 'deleted' ELSE 'there' END
    )
FROM ontology_connection AS link
LEFT JOIN ontology_thing AS start ON start.id = link.from_thing_id
LEFT JOIN ontology_thing AS finish ON finish.id = link.to_thing_id
WHERE link.deleted_at IS NULL AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
    AND (start.id IS NULL OR start.deleted_at IS NOT NULL OR finish.id IS NULL OR finish.deleted_at IS NOT NULL)
