-- Things whose group was ambiguous, and the groups that rows of them name: those of the other ends of quarantined connections, and their own.
-- Takes: most. Returns: id, name, type, old id, [[group, slug], …]. Cost: a scan of the open quarantine, and probes for the things shown.
SELECT t.id, t.name, t.type, coalesce(l.old_id, ''), coalesce((
    SELECT jsonb_agg(DISTINCT jsonb_build_array(g.id, g.slug)) FROM (
        SELECT o.group_id FROM ontology_quarantinedrow AS q
        JOIN ontology_thing AS o ON o.id::text IN (q.document->>'from_thing_id', q.document->>'to_thing_id') AND o.id <> t.id
        WHERE q.kind = 'connection' AND q.state = 'open' AND t.id::text IN (q.document->>'from_thing_id', q.document->>'to_thing_id')
        UNION SELECT nullif(q.document->>'_own_group', '')::uuid FROM ontology_quarantinedrow AS q
        WHERE q.kind = 'connection' AND q.state = 'open' AND t.id::text IN (q.document->>'from_thing_id', q.document->>'to_thing_id')
    ) AS named JOIN ontology_group AS g ON g.id = named.group_id WHERE g.id <> t.group_id
), '[]')
FROM ontology_legacyrow AS l JOIN ontology_thing AS t ON t.id = l.row_id AND t.schema_version = 1
WHERE l.kind = 'thing' AND l.decision = 'ambiguous' ORDER BY l.moment, l.row_id LIMIT %(most)s
