-- Legacy knowledge links of a range whose ends are linked in such a role by now. Takes: after, until (ids). Returns: ids. Cost: a few probes per link.
SELECT w.id FROM ontology_legacyrow AS l
JOIN ontology_thingknowledge AS w ON w.id = l.row_id AND w.group_id IS NULL AND w.deleted_at IS NULL
JOIN ontology_thing AS t ON t.id = w.thing_id
JOIN ontology_thingknowledge AS o ON o.group_id = t.group_id AND o.thing_id = w.thing_id AND o.knowledge_id = w.knowledge_id AND o.role = w.role
    AND o.deleted_at IS NULL
WHERE l.kind = 'link' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision IN ('', 'migrated')
