-- The live connections of one type that paths from given things run along.
-- Takes: group, type, starts. Returns: from, to. Cost: one index scan per thing reached.
WITH RECURSIVE reached (id) AS (
    SELECT start FROM unnest(%(starts)s::uuid[]) AS start
    UNION
    SELECT link.to_thing_id FROM ontology_connection AS link JOIN reached ON link.from_thing_id = reached.id
    WHERE link.group_id = %(group)s AND link.type = %(type)s AND link.deleted_at IS NULL
)
SELECT link.from_thing_id::text, link.to_thing_id::text FROM ontology_connection AS link JOIN reached ON link.from_thing_id = reached.id
WHERE link.group_id = %(group)s AND link.type = %(type)s AND link.deleted_at IS NULL
