-- Live links of which the thing or the knowledge is deleted or not there, and live knowledge that was cut from a thing that is deleted or not there and
-- that no live thing links. Takes: group (null: all). Returns: group, kind, id, reason, metadata.
-- Cost: reads live links and knowledge with a source; a look into the key of each.
SELECT link.group_id, 'link', link.id::text,
    CASE WHEN thing.id IS NULL OR thing.deleted_at IS NOT NULL THEN 'thing' ELSE 'knowledge' END,
    jsonb_build_object('type', link.role, 'thing', link.thing_id, 'knowledge', link.knowledge_id)
FROM ontology_thingknowledge AS link
LEFT JOIN ontology_thing AS thing ON thing.id = link.thing_id
LEFT JOIN ontology_knowledge AS piece ON piece.id = link.knowledge_id
WHERE link.deleted_at IS NULL AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
    AND (thing.id IS NULL OR thing.deleted_at IS NOT NULL OR piece.id IS NULL OR piece.deleted_at IS NOT NULL)
UNION ALL
SELECT piece.group_id, 'knowledge', piece.id::text, 'source', jsonb_build_object('type', piece.type, 'thing', piece.source_thing_id)
FROM ontology_knowledge AS piece
LEFT JOIN ontology_thing AS source ON source.id = piece.source_thing_id
WHERE piece.deleted_at IS NULL AND piece.source_thing_id IS NOT NULL
    AND piece.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR piece.group_id = %(group)s)
    AND (source.id IS NULL OR source.deleted_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT FROM ontology_thingknowledge AS link JOIN ontology_thing AS other ON other.id = link.thing_id
        WHERE link.group_id = piece.group_id AND link.knowledge_id = piece.id AND link.deleted_at IS NULL AND other.deleted_at IS NULL
    )
