-- Puts things back that a run removed. Takes: group, ids, run (the one that removed them). Returns: the ids of those that could not come, because their
-- external_id is taken by now. Cost: an index insert a row and index.
WITH kept AS (
    SELECT row_id, row FROM ontology_runkept WHERE run_id = %(run)s AND kind = 'thing' AND row_id = ANY (%(ids)s) AND group_id = %(group)s
), made AS (
    INSERT INTO ontology_thing SELECT whole.* FROM kept, jsonb_populate_record(NULL::ontology_thing, kept.row) AS whole
    ON CONFLICT DO NOTHING RETURNING id
)
SELECT row_id, 'Its external_id is taken by now.' FROM kept WHERE row_id NOT IN (SELECT id FROM made)
