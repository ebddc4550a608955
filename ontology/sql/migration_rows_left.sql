-- How many legacy rows are left. Takes: nothing. Returns: kind, number. Cost: by index, that of the legacy rows.
SELECT 'things', count(*) FROM ontology_thing WHERE schema_version = 0
UNION ALL SELECT 'connections', count(*) FROM ontology_connection WHERE group_id IS NULL
UNION ALL SELECT 'events', count(*) FROM ontology_event WHERE group_id IS NULL
UNION ALL SELECT 'knowledge', count(*) FROM ontology_knowledge WHERE group_id IS NULL
UNION ALL SELECT 'thing_knowledge', count(*) FROM ontology_thingknowledge WHERE group_id IS NULL
