-- Takes away knowledge that a run created and that nobody has changed or linked since, with its links, keeping each row whole under the run that undoes.
-- Takes: group, ids, at (when they were written), run (the one that undoes). Returns: the ids of those that stay, and why.
-- Cost: a few index reads a row.
WITH mine AS (
    SELECT k.id, k.updated_at <= %(at)s AND k.deleted_at IS NULL AS untouched,
        EXISTS (SELECT FROM ontology_thingknowledge AS l WHERE l.group_id = k.group_id AND l.knowledge_id = k.id AND l.updated_at > %(at)s) AS linked
    FROM ontology_knowledge AS k WHERE k.group_id = %(group)s AND k.id = ANY (%(ids)s) ORDER BY k.id FOR UPDATE
), links AS (
    DELETE FROM ontology_thingknowledge AS l USING mine
    WHERE l.group_id = %(group)s AND l.knowledge_id = mine.id AND mine.untouched AND NOT mine.linked
    RETURNING l.knowledge_id, to_jsonb(l) AS whole
), gone AS (
    DELETE FROM ontology_knowledge AS k USING mine WHERE k.id = mine.id AND mine.untouched AND NOT mine.linked RETURNING k.id, to_jsonb(k) AS whole
), kept AS (
    INSERT INTO ontology_runkept (id, run_id, group_id, kind, row_id, row)
    SELECT gen_random_uuid(), %(run)s, %(group)s, 'knowledge', g.id,
        g.whole || jsonb_build_object('_links', coalesce((SELECT jsonb_agg(whole) FROM links WHERE links.knowledge_id = g.id), '[]'))
    FROM gone AS g
)
SELECT id, CASE WHEN untouched THEN 'It was linked to a thing since.' ELSE 'It was changed or deleted since.' END FROM mine WHERE NOT untouched OR linked
