-- Puts knowledge back that a run removed, with its links. Takes: group, ids, run (the one that removed it). Returns: the ids of what could not come, and
-- why. Cost: an index insert a row and index.
WITH kept AS (
    SELECT row_id, row FROM ontology_runkept WHERE run_id = %(run)s AND kind = 'knowledge' AND row_id = ANY (%(ids)s) AND group_id = %(group)s
), whole AS (
    SELECT w.* FROM kept, jsonb_populate_record(NULL::ontology_knowledge, kept.row) AS w
    WHERE w.source_thing_id IS NULL OR EXISTS (SELECT FROM ontology_thing AS t WHERE t.group_id = w.group_id AND t.id = w.source_thing_id)
), made AS (
    INSERT INTO ontology_knowledge SELECT * FROM whole ON CONFLICT DO NOTHING RETURNING id
), linked AS (
    INSERT INTO ontology_thingknowledge
    SELECT l.* FROM kept, jsonb_array_elements(kept.row -> '_links') AS link, jsonb_populate_record(NULL::ontology_thingknowledge, link) AS l
    WHERE kept.row_id IN (SELECT id FROM made)
        AND EXISTS (SELECT FROM ontology_thing AS t WHERE t.group_id = l.group_id AND t.id = l.thing_id AND t.deleted_at IS NULL)
    ON CONFLICT DO NOTHING
)
SELECT row_id, CASE WHEN row_id IN (SELECT id FROM whole) THEN 'Its external_id is taken by now.' ELSE 'Its source is gone.' END
FROM kept WHERE row_id NOT IN (SELECT id FROM made)
