-- Decides about legacy connections: the group of their ends, or the first reason why not. In order of creation, then of the old id, the first of equals
-- stays. Takes: nothing. Returns: nothing; the number of rows. Cost: a look at every legacy connection and its ends, and a sort.
WITH told AS (
    SELECT c.id, c.from_thing_id, c.to_thing_id, c.type, c.deleted_at, l.moment, l.old_id, g.id AS own,
        CASE f.schema_version WHEN 1 THEN f.group_id ELSE fl.to_group END AS from_group,
        CASE t.schema_version WHEN 1 THEN t.group_id ELSE tl.to_group END AS to_group,
        c.valid_to < c.valid_from AS reversed
    FROM ontology_legacyrow AS l
    JOIN ontology_connection AS c ON c.id = l.row_id AND c.group_id IS NULL
    LEFT JOIN ontology_group AS g ON g.id = l.own_group
    LEFT JOIN ontology_thing AS f ON f.id = c.from_thing_id
    LEFT JOIN ontology_legacyrow AS fl ON fl.kind = 'thing' AND fl.row_id = f.id
    LEFT JOIN ontology_thing AS t ON t.id = c.to_thing_id
    LEFT JOIN ontology_legacyrow AS tl ON tl.kind = 'thing' AND tl.row_id = t.id
    WHERE l.kind = 'connection'
), reasoned AS (
    SELECT *, CASE
        WHEN from_group IS NULL OR to_group IS NULL THEN 'orphaned'
        WHEN from_group <> to_group OR own <> from_group THEN 'cross_group'
        WHEN reversed THEN 'reversed_validity'
        ELSE '' END AS reason
    FROM told
), counted AS (
    SELECT *, row_number() OVER (
        PARTITION BY from_thing_id, to_thing_id, type, reason, deleted_at IS NULL ORDER BY moment, old_id COLLATE "C", id
    ) AS place
    FROM reasoned
)
UPDATE ontology_legacyrow AS l SET to_group = n.from_group, decision = CASE
    WHEN n.reason <> '' THEN n.reason
    WHEN n.deleted_at IS NULL AND (n.place > 1 OR EXISTS (
        SELECT FROM ontology_connection AS o
        WHERE o.group_id = n.from_group AND o.from_thing_id = n.from_thing_id AND o.type = n.type AND o.to_thing_id = n.to_thing_id AND o.deleted_at IS NULL
    )) THEN 'duplicate'
    ELSE 'migrated' END
FROM counted AS n WHERE l.kind = 'connection' AND l.row_id = n.id
