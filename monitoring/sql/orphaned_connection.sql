-- Live connections with an end that is deleted, or that is no thing at all.
-- Takes: group (null: all). Returns: group, kind, id, reason (from, to or both), metadata.
-- Cost: reads the live connections twice and the things in question twice; hash joins. What is looked up one by one are the suspects alone.
WITH suspect AS (
    SELECT link.id FROM ontology_connection AS link
    WHERE link.deleted_at IS NULL AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s) AND NOT EXISTS (
        SELECT FROM ontology_thing AS thing WHERE thing.group_id = link.group_id AND thing.id = link.from_thing_id AND thing.deleted_at IS NULL
    )
    UNION
    SELECT link.id FROM ontology_connection AS link
    WHERE link.deleted_at IS NULL AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s) AND NOT EXISTS (
        SELECT FROM ontology_thing AS thing WHERE thing.group_id = link.group_id AND thing.id = link.to_thing_id AND thing.deleted_at IS NULL
    )
), found AS (
    SELECT link.*, start.id IS NOT NULL AND start.deleted_at IS NULL AS starts, finish.id IS NOT NULL AND finish.deleted_at IS NULL AS ends,
        CASE WHEN start.id IS NULL THEN 'missing' WHEN start.deleted_at IS NOT NULL THEN 'deleted' ELSE 'there' END AS start_is,
        CASE WHEN finish.id IS NULL THEN 'missing' WHEN finish.deleted_at IS NOT NULL THEN 'deleted' ELSE 'there' END AS finish_is
    FROM suspect JOIN ontology_connection AS link ON link.id = suspect.id
    LEFT JOIN ontology_thing AS start ON start.id = link.from_thing_id
    LEFT JOIN ontology_thing AS finish ON finish.id = link.to_thing_id
)
SELECT group_id, 'connection', id::text, CASE WHEN starts THEN 'to' WHEN ends THEN 'from' ELSE 'both' END,
    jsonb_build_object('type', type, 'from', from_thing_id, 'to', to_thing_id, 'fromIs', start_is, 'toIs', finish_is)
FROM found WHERE NOT (starts AND ends)
