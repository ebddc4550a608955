-- What migration would do with legacy things. Takes: nothing. Returns: decision, things, and of them unnamed, with odd properties, of unknown type, with a
-- taken external id. Cost: a look at every legacy thing, a probe for each, and a sort.
SELECT decision, count(*), count(*) FILTER (WHERE name !~ '\S'), count(*) FILTER (WHERE jsonb_typeof(properties) <> 'object'),
    count(*) FILTER (WHERE unknown_type), count(*) FILTER (WHERE taken)
FROM (
    SELECT l.decision, t.name, t.properties, y.name IS NULL OR y.category = 'legacy' AS unknown_type, t.external_id IS NOT NULL AND (
        row_number() OVER (PARTITION BY l.to_group, t.external_id ORDER BY t.id) > 1
        OR EXISTS (SELECT FROM ontology_thing AS o WHERE o.group_id = l.to_group AND o.external_id = t.external_id)) AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_thing AS t ON t.id = l.row_id AND t.schema_version = 0
    LEFT JOIN ontology_thingtype AS y ON y.name = ontology_legacy_word(t.type)
    WHERE l.kind = 'thing'
) AS found
GROUP BY decision
