-- Links of acyclic types that may lie on a cycle: something of their type leads to their start, and something leads on from their end. A search among
-- them finds those that do (monitoring.checks.judges). Takes: group (null: all).
-- Returns: type, id, group, number of the start, number of the end, by type and start. Cost: reads the live connections of acyclic types; three hash joins.
WITH link AS MATERIALIZED (
    SELECT link.id, link.group_id, link.type, link.from_thing_id, link.to_thing_id
    FROM ontology_connection AS link JOIN ontology_connectiontype AS rule ON rule.name = link.type AND rule.acyclic
    WHERE link.deleted_at IS NULL AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
), inner_link AS MATERIALIZED (
    SELECT * FROM link
    WHERE EXISTS (SELECT FROM link AS before WHERE before.type = link.type AND before.to_thing_id = link.from_thing_id)
        AND EXISTS (SELECT FROM link AS after WHERE after.type = link.type AND after.from_thing_id = link.to_thing_id)
), node AS MATERIALIZED (
    SELECT thing_id, row_number() OVER () - 1 AS number
    FROM (SELECT from_thing_id FROM inner_link UNION SELECT to_thing_id FROM inner_link) AS end_of_link (thing_id)
)
SELECT inner_link.type, inner_link.id, inner_link.group_id, start.number, finish.number
FROM inner_link
JOIN node AS start ON start.thing_id = inner_link.from_thing_id
JOIN node AS finish ON finish.thing_id = inner_link.to_thing_id
ORDER BY inner_link.type, start.number
