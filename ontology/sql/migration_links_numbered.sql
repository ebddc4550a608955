-- The live links of one acyclic type, and the legacy ones that come to be, with their things as numbers from 0, for a search of cycles in little memory.
-- Takes: type. Returns: whether it is a legacy link, from number, to number, by from number. Cost: one pass over the connections, two hash joins.
WITH link AS MATERIALIZED (
    SELECT l.row_id IS NOT NULL AS legacy, c.from_thing_id, c.to_thing_id FROM ontology_connection AS c
    LEFT JOIN ontology_legacyrow AS l ON l.kind = 'connection' AND l.row_id = c.id AND l.decision IN ('', 'migrated')
    WHERE CASE WHEN c.group_id IS NULL THEN ontology_legacy_word(c.type) ELSE c.type END = %(type)s AND c.deleted_at IS NULL
        AND (c.group_id IS NOT NULL OR l.row_id IS NOT NULL)
), node AS MATERIALIZED (
    SELECT thing_id, row_number() OVER () - 1 AS number
    FROM (SELECT from_thing_id FROM link UNION SELECT to_thing_id FROM link) AS end_of_link (thing_id)
)
SELECT link.legacy, start.number, finish.number
FROM link
JOIN node AS start ON start.thing_id = link.from_thing_id
JOIN node AS finish ON finish.thing_id = link.to_thing_id
ORDER BY start.number
