-- Legacy things of a range become v1. Takes: after, until (ids), taken (ids of those whose external id another thing of their group has). Returns:
-- decision, things, and of them unnamed, with odd properties, of unknown type, with a taken external id. Cost: an update per thing and index.
WITH migrated AS (
    UPDATE ontology_thing AS t SET group_id = l.to_group, schema_version = 1, type = y.name,
        properties = CASE WHEN l.told = '{}' AND y.name = t.type AND jsonb_typeof(t.properties) = 'object' THEN t.properties
            ELSE ontology_legacy_merged(t.properties, l.told || CASE y.name WHEN t.type THEN '{}' ELSE jsonb_build_object('type', t.type) END) END,
        name = CASE WHEN t.name ~ '\S' THEN t.name ELSE '(unnamed ' || coalesce(l.old_id, t.id::text) || ')' END,
        external_id = CASE WHEN t.id = ANY (%(taken)s::uuid[]) THEN left(t.external_id, 460) || '~' || t.id ELSE t.external_id END
    FROM ontology_legacyrow AS l, ontology_thing AS o, ontology_thingtype AS y
    WHERE l.kind = 'thing' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> ''
        AND t.id = l.row_id AND t.schema_version = 0 AND y.name = ontology_legacy_word(t.type) AND o.id = t.id
    RETURNING l.decision, o.name !~ '\S' AS unnamed, jsonb_typeof(o.properties) <> 'object' AS malformed, y.category = 'legacy' AS unknown_type,
        t.id = ANY (%(taken)s::uuid[]) AS taken
)
SELECT decision, count(*), count(*) FILTER (WHERE unnamed), count(*) FILTER (WHERE malformed), count(*) FILTER (WHERE unknown_type),
    count(*) FILTER (WHERE taken)
FROM migrated GROUP BY decision
