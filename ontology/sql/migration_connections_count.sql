-- What migration would do with legacy connections. Takes: nothing. Returns: decision, connections, and of them of types that the catalogue forbids
-- between such things. Cost: a look at every legacy connection.
SELECT coalesce(nullif(l.decision, ''), 'migrated'), count(*), count(*) FILTER (WHERE l.decision IN ('', 'migrated') AND (
    y.from_types <> '{}' AND CASE f.schema_version WHEN 0 THEN ontology_legacy_word(f.type) ELSE f.type END <> ALL (y.from_types)
    OR y.to_types <> '{}' AND CASE t.schema_version WHEN 0 THEN ontology_legacy_word(t.type) ELSE t.type END <> ALL (y.to_types)))
FROM ontology_legacyrow AS l
JOIN ontology_connection AS c ON c.id = l.row_id AND c.group_id IS NULL
LEFT JOIN ontology_connectiontype AS y ON y.name = ontology_legacy_word(c.type)
LEFT JOIN ontology_thing AS f ON f.id = c.from_thing_id
LEFT JOIN ontology_thing AS t ON t.id = c.to_thing_id
WHERE l.kind = 'connection'
GROUP BY 1
