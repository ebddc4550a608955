-- Puts events back that a run removed. Takes: group, ids, run (the one that removed them). Returns: the ids of those that could not come, and why.
-- Cost: an index insert a row and index.
WITH kept AS (
    SELECT row_id, row FROM ontology_runkept WHERE run_id = %(run)s AND kind = 'event' AND row_id = ANY (%(ids)s) AND group_id = %(group)s
), whole AS (
    SELECT w.* FROM kept, jsonb_populate_record(NULL::ontology_event, kept.row) AS w
    WHERE (w.actor_id IS NULL OR EXISTS (SELECT FROM ontology_thing AS t WHERE t.group_id = w.group_id AND t.id = w.actor_id))
        AND (w.target_id IS NULL OR EXISTS (SELECT FROM ontology_thing AS t WHERE t.group_id = w.group_id AND t.id = w.target_id))
), cold AS MATERIALIZED (
    SELECT found.cold_id FROM (
        SELECT array_agg(id) AS ids, array_agg(external_id::text) AS external_ids, array_agg("timestamp") AS moments FROM whole
    ) AS it, ontology_events_cold(%(group)s, it.ids, it.external_ids, it.moments) AS found
), made AS (
    INSERT INTO ontology_event SELECT * FROM whole WHERE id NOT IN (SELECT cold_id FROM cold) ON CONFLICT DO NOTHING RETURNING id
)
SELECT row_id, CASE WHEN row_id IN (SELECT id FROM whole) THEN 'The same event exists by now.' ELSE 'A thing that it names is gone.' END
FROM kept WHERE row_id NOT IN (SELECT id FROM made)
