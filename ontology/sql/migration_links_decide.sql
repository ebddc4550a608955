-- Decides about legacy knowledge links: blank where it comes to the group of both ends, else orphaned; the second of equals is a duplicate. Writes what
-- is news alone. Takes: nothing. Returns: nothing; the number of rows. Cost: a look at every legacy link and its ends, and a sort.
WITH told AS (
    SELECT w.id, w.thing_id, w.knowledge_id, w.role, w.deleted_at, l.moment, l.old_id, l.decision AS decided,
        CASE t.schema_version WHEN 1 THEN t.group_id ELSE tl.to_group END AS thing_group, coalesce(k.group_id, kl.to_group) AS knowledge_group
    FROM ontology_legacyrow AS l
    JOIN ontology_thingknowledge AS w ON w.id = l.row_id AND w.group_id IS NULL
    LEFT JOIN ontology_thing AS t ON t.id = w.thing_id
    LEFT JOIN ontology_legacyrow AS tl ON tl.kind = 'thing' AND tl.row_id = t.id
    LEFT JOIN ontology_knowledge AS k ON k.id = w.knowledge_id
    LEFT JOIN ontology_legacyrow AS kl ON kl.kind = 'knowledge' AND kl.row_id = k.id
    WHERE l.kind = 'link'
), reasoned AS (
    SELECT *, coalesce(thing_group = knowledge_group, false) AS together, row_number() OVER (
        PARTITION BY thing_id, knowledge_id, role, coalesce(thing_group = knowledge_group, false), deleted_at IS NULL
        ORDER BY moment, old_id COLLATE "C", id
    ) AS place
    FROM told
)
UPDATE ontology_legacyrow AS l SET to_group = r.thing_group, decision = r.decision
FROM (
    SELECT r.id, r.thing_group, r.decided, CASE
        WHEN NOT r.together THEN 'orphaned'
        WHEN r.deleted_at IS NULL AND (r.place > 1 OR EXISTS (
            SELECT FROM ontology_thingknowledge AS o
            WHERE o.group_id = r.thing_group AND o.thing_id = r.thing_id AND o.knowledge_id = r.knowledge_id AND o.role = r.role AND o.deleted_at IS NULL
        )) THEN 'duplicate'
        ELSE '' END AS decision
    FROM reasoned AS r
) AS r WHERE l.kind = 'link' AND l.row_id = r.id AND r.decision <> r.decided
