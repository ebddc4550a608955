-- What migration would do with legacy things. Takes: nothing. Returns: decision, things, and of them unnamed, with odd properties, of unknown type.
-- Cost: a look at every legacy thing.
SELECT l.decision, count(*), count(*) FILTER (WHERE t.name !~ '\S'), count(*) FILTER (WHERE jsonb_typeof(t.properties) <> 'object'),
    count(*) FILTER (WHERE y.name IS NULL OR y.category = 'legacy'), 0
FROM ontology_legacyrow AS l
JOIN ontology_thing AS t ON t.id = l.row_id AND t.schema_version = 0
LEFT JOIN ontology_thingtype AS y ON y.name = ontology_legacy_word(t.type)
WHERE l.kind = 'thing'
GROUP BY l.decision
