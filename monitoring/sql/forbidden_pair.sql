-- Live connections of a type that does not exist, or whose type does not link things of these types.
-- Takes: group (null: all). Returns: group, kind, id, reason, metadata. Cost: reads the live connections and all things; two hash joins.
SELECT link.group_id, 'connection', link.id::text,
    CASE
        WHEN rule.name IS NULL THEN 'unknown_type'
        WHEN rule.from_types <> '{}' AND start.type <> ALL (rule.from_types) THEN 'from'
        ELSE 'to'
    END,
    jsonb_build_object('type', link.type, 'from', start.id, 'fromType', start.type, 'to', finish.id, 'toType', finish.type)
FROM ontology_connection AS link
LEFT JOIN ontology_connectiontype AS rule ON rule.name = link.type
JOIN ontology_thing AS start ON start.id = link.from_thing_id
JOIN ontology_thing AS finish ON finish.id = link.to_thing_id
WHERE link.deleted_at IS NULL AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
    AND (
        rule.name IS NULL
        OR (rule.from_types <> '{}' AND start.type <> ALL (rule.from_types))
        OR (rule.to_types <> '{}' AND finish.type <> ALL (rule.to_types))
    )
