-- Legacy knowledge links of a range become v1 in the group of their ends, or go to quarantine for the reason that was decided. Takes: after, until (ids),
-- taken (ids of those whose ends are linked by now), run. Returns: decision, links. Cost: an update or deletion per link and index.
WITH migrated AS (
    UPDATE ontology_thingknowledge AS w SET group_id = t.group_id, metadata = ontology_legacy_merged(w.metadata, l.told)
    FROM ontology_legacyrow AS l, ontology_thing AS t, ontology_knowledge AS k
    WHERE l.kind = 'link' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision IN ('', 'migrated')
        AND w.id = l.row_id AND w.group_id IS NULL AND w.id <> ALL (%(taken)s::uuid[])
        AND t.id = w.thing_id AND k.id = w.knowledge_id AND t.group_id = k.group_id
    RETURNING 'migrated' AS decision
), gone AS (
    DELETE FROM ontology_thingknowledge AS w USING ontology_legacyrow AS l
    WHERE l.kind = 'link' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND (l.decision NOT IN ('', 'migrated') OR l.row_id = ANY (%(taken)s::uuid[]))
        AND w.id = l.row_id AND w.group_id IS NULL
    RETURNING CASE WHEN l.decision IN ('', 'migrated') THEN 'duplicate' ELSE l.decision END AS reason, w.id,
        to_jsonb(w) || jsonb_build_object('_old_id', l.old_id, '_own_group', l.own_group, '_told', l.told) AS whole
), kept AS (
    INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document, run_id)
    SELECT gen_random_uuid(), 'link', id, reason, whole, %(run)s FROM gone
    RETURNING reason
)
SELECT decision, count(*) FROM (SELECT decision FROM migrated UNION ALL SELECT reason FROM kept) AS done GROUP BY decision
