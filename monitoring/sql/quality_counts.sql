-- What the metrics of quality are parts of. Takes: group (null: all). Returns: group, live things, those of them that are whole (v1), references.
-- References are both ends of live connections, actors and targets of hot events, sources of live knowledge, and both sides of live links.
-- Cost: reads things, connections and knowledge once, and hot events once.
WITH thing AS (
    SELECT group_id, count(*) AS things, count(*) FILTER (WHERE schema_version >= 1) AS whole
    FROM ontology_thing WHERE deleted_at IS NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1
), reference AS (
    SELECT group_id, sum(references_held)::bigint AS references_held FROM (
        SELECT group_id, 2 * count(*) AS references_held FROM ontology_connection
        WHERE deleted_at IS NULL AND group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1
        UNION ALL
        SELECT group_id, count(actor_id) + count(target_id) FROM ontology_event
        WHERE group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1
        UNION ALL
        SELECT group_id, count(source_thing_id) FROM ontology_knowledge
        WHERE deleted_at IS NULL AND group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1
        UNION ALL
        SELECT group_id, 2 * count(*) FROM ontology_thingknowledge
        WHERE deleted_at IS NULL AND group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1
    ) AS held GROUP BY 1
)
SELECT coalesce(thing.group_id, reference.group_id), coalesce(things, 0), coalesce(whole, 0), coalesce(references_held, 0)
FROM thing FULL JOIN reference ON reference.group_id = thing.group_id
