-- Legacy things of a range become v1. Takes: after, until (ids). Returns: decision, things, and of them unnamed, with odd properties, of unknown type,
-- with an external id that another thing of the group has. Cost: an update per thing and index.
WITH found AS (
    SELECT t.id, l.decision, l.to_group, t.name !~ '\S' AS unnamed, jsonb_typeof(t.properties) <> 'object' AS malformed,
        coalesce(y.category = 'legacy', true) AS unknown_type, ontology_legacy_word(t.type) AS type,
        '(unnamed ' || coalesce(l.old_id, t.id::text) || ')' AS made_name,
        ontology_legacy_merged(t.properties, l.told || CASE ontology_legacy_word(t.type) WHEN t.type THEN '{}' ELSE jsonb_build_object('type', t.type) END)
            AS properties,
        t.external_id IS NOT NULL AND (
            row_number() OVER (PARTITION BY l.to_group, t.external_id ORDER BY t.id) > 1
            OR EXISTS (SELECT FROM ontology_thing AS o WHERE o.group_id = l.to_group AND o.external_id = t.external_id AND o.id <> t.id)
        ) AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_thing AS t ON t.id = l.row_id AND t.schema_version = 0
    LEFT JOIN ontology_thingtype AS y ON y.name = ontology_legacy_word(t.type)
    WHERE l.kind = 'thing' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> ''
), migrated AS (
    UPDATE ontology_thing AS t SET group_id = f.to_group, schema_version = 1, type = f.type, properties = f.properties,
        name = CASE WHEN f.unnamed THEN f.made_name ELSE t.name END,
        external_id = CASE WHEN f.taken THEN left(t.external_id, 460) || '~' || t.id ELSE t.external_id END
    FROM found AS f WHERE t.id = f.id
    RETURNING f.decision, f.unnamed, f.malformed, f.unknown_type, f.taken
)
SELECT decision, count(*), count(*) FILTER (WHERE unnamed), count(*) FILTER (WHERE malformed), count(*) FILTER (WHERE unknown_type),
    count(*) FILTER (WHERE taken)
FROM migrated GROUP BY decision
