-- Takes away things that a run created and that nobody has changed or used since, keeping each whole under the run that undoes. A thing that this very
-- undoing has turned back counts as unchanged, and the record of its own changes is no use.
-- Takes: group, ids, at (when they were written), run (the one that undoes). Returns: the ids of those that stay, and why.
-- Cost: some ten index reads a row.
WITH mine AS (
    SELECT t.id,
        CASE
            WHEN t.deleted_at IS NOT NULL THEN 'It was deleted since.'
            WHEN t.updated_at > %(at)s AND NOT EXISTS (
                SELECT FROM ontology_runwrite AS w WHERE w.run_id = %(run)s AND w.act = 'updated' AND t.id = ANY (w.ids) AND t.updated_at <= w.at
            ) THEN 'It was changed since.'
            WHEN EXISTS (SELECT FROM ontology_connection AS c WHERE c.group_id = t.group_id AND c.from_thing_id = t.id)
                OR EXISTS (SELECT FROM ontology_connection AS c WHERE c.group_id = t.group_id AND c.to_thing_id = t.id)
                THEN 'Other connections lead to it or from it.'
            WHEN EXISTS (SELECT FROM ontology_event AS e WHERE e.group_id = t.group_id AND e.actor_id = t.id)
                OR EXISTS (SELECT FROM ontology_event AS e WHERE e.group_id = t.group_id AND e.target_id = t.id
                    AND e.type NOT IN ('thing_created', 'thing_updated'))
                THEN 'Other events name it.'
            WHEN EXISTS (SELECT FROM ontology_knowledge AS k WHERE k.group_id = t.group_id AND k.source_thing_id = t.id)
                OR EXISTS (SELECT FROM ontology_thingknowledge AS l WHERE l.group_id = t.group_id AND l.thing_id = t.id)
                THEN 'Knowledge hangs on it.'
            WHEN EXISTS (SELECT FROM ontology_membership AS m WHERE m.group_id = t.group_id AND m.creator_id = t.id)
                THEN 'It stands for a member.'
        END AS reason
    FROM ontology_thing AS t WHERE t.group_id = %(group)s AND t.id = ANY (%(ids)s) ORDER BY t.id FOR UPDATE
), gone AS (
    DELETE FROM ontology_thing AS t USING mine WHERE t.id = mine.id AND mine.reason IS NULL RETURNING t.id, to_jsonb(t) AS whole
), kept AS (
    INSERT INTO ontology_runkept (id, run_id, group_id, kind, row_id, row)
    SELECT gen_random_uuid(), %(run)s, %(group)s, 'thing', id, whole FROM gone
)
SELECT id, reason FROM mine WHERE reason IS NOT NULL
