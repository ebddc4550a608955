-- Legacy knowledge links of a range become v1, or go to quarantine. Takes: after, until (ids), run. Returns: decision, links.
-- Cost: an update or deletion per link.
WITH found AS (
    SELECT l.row_id AS id, l.decision, l.to_group, l.told, l.old_id, l.own_group FROM ontology_legacyrow AS l
    WHERE l.kind = 'link' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> ''
), migrated AS (
    UPDATE ontology_thingknowledge AS w SET group_id = f.to_group, metadata = ontology_legacy_merged(w.metadata, f.told)
    FROM found AS f WHERE w.id = f.id AND w.group_id IS NULL AND f.decision = 'migrated'
    RETURNING f.decision
), gone AS (
    DELETE FROM ontology_thingknowledge AS w USING found AS f WHERE w.id = f.id AND w.group_id IS NULL AND f.decision <> 'migrated'
    RETURNING f.decision, w.id, to_jsonb(w) || jsonb_build_object('_old_id', f.old_id, '_own_group', f.own_group, '_told', f.told) AS whole
), kept AS (
    INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document, run_id)
    SELECT gen_random_uuid(), 'link', id, decision, whole, %(run)s FROM gone
    RETURNING reason
)
SELECT decision, count(*) FROM (SELECT decision FROM migrated UNION ALL SELECT reason FROM kept) AS done GROUP BY decision
