-- What migration would do with legacy knowledge. Takes: nothing. Returns: pieces, sources cleared, external ids taken. Cost: a look at each, a probe for
-- each, and a sort.
SELECT count(*), coalesce(sum(cleared), 0), count(*) FILTER (WHERE taken) FROM (
    SELECT l.cleared, k.external_id IS NOT NULL AND (row_number() OVER (PARTITION BY l.to_group, k.external_id ORDER BY k.id) > 1
        OR EXISTS (SELECT FROM ontology_knowledge AS o WHERE o.group_id = l.to_group AND o.external_id = k.external_id)) AS taken
    FROM ontology_legacyrow AS l JOIN ontology_knowledge AS k ON k.id = l.row_id AND k.group_id IS NULL
    WHERE l.kind = 'knowledge'
) AS found
