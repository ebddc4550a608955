-- The live links of one type with their things as numbers from 0, for a search of cycles in little memory.
-- Takes: the type. Returns: connection id, from number, to number, by from number. Cost: one pass over the connections, two hash joins.
WITH link AS MATERIALIZED (
    SELECT id, from_thing_id, to_thing_id FROM ontology_connection WHERE type = %s AND deleted_at IS NULL AND group_id IS NOT NULL
), node AS MATERIALIZED (
    SELECT thing_id, row_number() OVER () - 1 AS number
    FROM (SELECT from_thing_id FROM link UNION SELECT to_thing_id FROM link) AS end_of_link (thing_id)
)
SELECT link.id, start.number, finish.number
FROM link
JOIN node AS start ON start.thing_id = link.from_thing_id
JOIN node AS finish ON finish.thing_id = link.to_thing_id
ORDER BY start.number
