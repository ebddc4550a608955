-- What migration would do with legacy knowledge links. Takes: nothing. Returns: decision, links. Cost: a look at each.
SELECT coalesce(nullif(l.decision, ''), 'migrated'), count(*) FROM ontology_legacyrow AS l
JOIN ontology_thingknowledge AS w ON w.id = l.row_id AND w.group_id IS NULL
WHERE l.kind = 'link' GROUP BY 1
