-- Decides about legacy knowledge: its own group, else its source's, else the default; whether its source is cleared.
-- Takes: default. Returns: nothing; the number of rows. Cost: a look at every legacy piece of knowledge and its source.
UPDATE ontology_legacyrow AS l SET decision = 'migrated', to_group = p.to_group,
    cleared = (p.source_thing_id IS NOT NULL AND p.source_group IS DISTINCT FROM p.to_group)::integer
FROM (
    SELECT k.id, k.source_thing_id, s.source_group, coalesce(g.id, s.source_group, %(default)s) AS to_group
    FROM ontology_legacyrow AS m
    JOIN ontology_knowledge AS k ON k.id = m.row_id AND k.group_id IS NULL
    LEFT JOIN ontology_group AS g ON g.id = m.own_group
    LEFT JOIN LATERAL (
        SELECT CASE t.schema_version WHEN 1 THEN t.group_id ELSE tl.to_group END AS source_group
        FROM ontology_thing AS t LEFT JOIN ontology_legacyrow AS tl ON tl.kind = 'thing' AND tl.row_id = t.id WHERE t.id = k.source_thing_id
    ) AS s ON true
    WHERE m.kind = 'knowledge'
) AS p WHERE l.kind = 'knowledge' AND l.row_id = p.id
