-- What migration would do with legacy knowledge. Takes: nothing. Returns: pieces, sources cleared. Cost: a look at each.
SELECT count(*), coalesce(sum(l.cleared), 0), 0 FROM ontology_legacyrow AS l JOIN ontology_knowledge AS k ON k.id = l.row_id AND k.group_id IS NULL
WHERE l.kind = 'knowledge'
