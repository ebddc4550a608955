-- Remembers legacy rows that were in the tables already, beside those that were loaded.
-- Takes: nothing. Returns: nothing; the number of rows written. Cost: a look at every legacy row, one probe each.
INSERT INTO ontology_legacyrow (kind, row_id, moment, own_group)
SELECT v.kind, v.id, v.moment, v.own FROM (
    SELECT 'thing' AS kind, id, created_at AS moment, group_id AS own FROM ontology_thing WHERE schema_version = 0
    UNION ALL SELECT 'connection', id, created_at, NULL FROM ontology_connection WHERE group_id IS NULL
    UNION ALL SELECT 'event', id, "timestamp", NULL FROM ontology_event WHERE group_id IS NULL
    UNION ALL SELECT 'knowledge', id, created_at, NULL FROM ontology_knowledge WHERE group_id IS NULL
    UNION ALL SELECT 'link', id, created_at, NULL FROM ontology_thingknowledge WHERE group_id IS NULL
) AS v
WHERE NOT EXISTS (SELECT FROM ontology_legacyrow AS l WHERE l.kind = v.kind AND l.row_id = v.id)
