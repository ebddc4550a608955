-- The types that legacy rows name and the catalogue lacks. Takes: nothing. Returns: table of the catalogue, name. Cost: a look at every legacy row.
SELECT DISTINCT 'thing', ontology_legacy_word(type) FROM ontology_thing AS r WHERE schema_version = 0
    AND NOT EXISTS (SELECT FROM ontology_thingtype AS t WHERE t.name = ontology_legacy_word(r.type))
UNION ALL
SELECT DISTINCT 'connection', ontology_legacy_word(type) FROM ontology_connection AS r WHERE group_id IS NULL
    AND NOT EXISTS (SELECT FROM ontology_connectiontype AS t WHERE t.name = ontology_legacy_word(r.type))
UNION ALL
SELECT 'event', name FROM (SELECT DISTINCT ontology_legacy_word(type) AS name FROM (SELECT DISTINCT type FROM ontology_event WHERE group_id IS NULL) AS told) AS r
    WHERE NOT EXISTS (SELECT FROM ontology_eventtype AS t WHERE t.name = r.name)
