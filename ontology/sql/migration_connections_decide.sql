-- Decides about legacy connections: blank where it comes to the group of its ends, else the first reason why not. In order of creation, then of the old
-- id, the first of equals stays; types that are spelt apart may become one. Writes what is news alone. Takes: nothing. Returns: nothing; the number of rows. Cost: a look at every legacy connection
-- and its ends, and a grouping of them.
WITH word AS MATERIALIZED (
    SELECT type, ontology_legacy_word(type) AS word FROM (SELECT DISTINCT type FROM ontology_connection WHERE group_id IS NULL) AS spelt
), told AS (
    SELECT c.id, c.from_thing_id, c.to_thing_id, word.word AS type, c.deleted_at, l.moment, l.old_id, l.decision AS decided, g.id AS own,
        CASE f.schema_version WHEN 1 THEN f.group_id ELSE fl.to_group END AS from_group,
        CASE t.schema_version WHEN 1 THEN t.group_id ELSE tl.to_group END AS to_group,
        c.valid_to < c.valid_from AS reversed
    FROM ontology_legacyrow AS l
    JOIN ontology_connection AS c ON c.id = l.row_id AND c.group_id IS NULL
    JOIN word ON word.type = c.type
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
), repeated AS (
    SELECT from_thing_id, to_thing_id, type FROM reasoned WHERE reason = '' AND deleted_at IS NULL GROUP BY 1, 2, 3 HAVING count(*) > 1
), later AS (
    SELECT id FROM (
        SELECT n.id, row_number() OVER (PARTITION BY from_thing_id, to_thing_id, type ORDER BY n.moment, n.old_id COLLATE "C", n.id) AS place
        FROM reasoned AS n JOIN repeated USING (from_thing_id, to_thing_id, type) WHERE n.reason = '' AND n.deleted_at IS NULL
    ) AS counted WHERE place > 1
), there AS (
    SELECT n.id FROM reasoned AS n JOIN ontology_connection AS o
        ON o.group_id = n.from_group AND o.from_thing_id = n.from_thing_id AND o.type = n.type AND o.to_thing_id = n.to_thing_id AND o.deleted_at IS NULL
    WHERE n.reason = '' AND n.deleted_at IS NULL
), decided AS (
    SELECT n.id, n.from_group, CASE
        WHEN n.reason <> '' THEN n.reason
        WHEN n.id IN (SELECT id FROM later) OR n.id IN (SELECT id FROM there) THEN 'duplicate'
        ELSE '' END AS decision, n.decided
    FROM reasoned AS n
)
UPDATE ontology_legacyrow AS l SET to_group = n.from_group, decision = n.decision
FROM decided AS n WHERE l.kind = 'connection' AND l.row_id = n.id AND n.decision <> n.decided
