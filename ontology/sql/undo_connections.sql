-- Takes away connections that a run created and that nobody has changed since, keeping each whole under the run that undoes.
-- Takes: group, ids, at (when they were written), run (the one that undoes). Returns: the ids of those that stay, because they were edited since.
-- Cost: a few index reads a row.
WITH mine AS (
    SELECT c.id, c.updated_at <= %(at)s AND c.deleted_at IS NULL AS untouched
    FROM ontology_connection AS c WHERE c.group_id = %(group)s AND c.id = ANY (%(ids)s) ORDER BY c.id FOR UPDATE
), gone AS (
    DELETE FROM ontology_connection AS c USING mine WHERE c.id = mine.id AND mine.untouched RETURNING c.id, to_jsonb(c) AS whole
), kept AS (
    INSERT INTO ontology_runkept (id, run_id, group_id, kind, row_id, row)
    SELECT gen_random_uuid(), %(run)s, %(group)s, 'connection', id, whole FROM gone
)
SELECT id, 'It was changed or deleted since.' FROM mine WHERE NOT untouched
