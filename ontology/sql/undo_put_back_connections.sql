-- Puts connections back that a run removed. Takes: group, ids, run (the one that removed them). Returns: the ids of those that could not come, and why.
-- Cost: an index insert a row and index.
WITH kept AS (
    SELECT row_id, row FROM ontology_runkept WHERE run_id = %(run)s AND kind = 'connection' AND row_id = ANY (%(ids)s) AND group_id = %(group)s
), whole AS (
    SELECT w.* FROM kept, jsonb_populate_record(NULL::ontology_connection, kept.row) AS w
    WHERE EXISTS (SELECT FROM ontology_thing AS t WHERE t.group_id = w.group_id AND t.id = w.from_thing_id AND t.deleted_at IS NULL)
        AND EXISTS (SELECT FROM ontology_thing AS t WHERE t.group_id = w.group_id AND t.id = w.to_thing_id AND t.deleted_at IS NULL)
), made AS (
    INSERT INTO ontology_connection SELECT * FROM whole ON CONFLICT DO NOTHING RETURNING id
)
SELECT row_id, CASE WHEN row_id IN (SELECT id FROM whole) THEN 'The same connection exists by now.' ELSE 'An end of it is gone.' END
FROM kept WHERE row_id NOT IN (SELECT id FROM made)
