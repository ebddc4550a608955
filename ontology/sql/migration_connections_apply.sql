-- Legacy connections of a range become v1, or go to quarantine. Takes: after, until (ids), run. Returns: decision, connections, and of them of types that
-- the catalogue forbids between such things. Cost: an update or deletion per connection and index.
WITH found AS (
    SELECT c.id, l.decision, l.to_group, l.told, l.old_id, l.own_group, ontology_legacy_word(c.type) AS type, c.type AS told_type,
        y.from_types <> '{}' AND f.type <> ALL (y.from_types) OR y.to_types <> '{}' AND t.type <> ALL (y.to_types) AS forbidden
    FROM ontology_legacyrow AS l
    JOIN ontology_connection AS c ON c.id = l.row_id AND c.group_id IS NULL
    LEFT JOIN ontology_connectiontype AS y ON y.name = ontology_legacy_word(c.type)
    LEFT JOIN ontology_thing AS f ON f.id = c.from_thing_id
    LEFT JOIN ontology_thing AS t ON t.id = c.to_thing_id
    WHERE l.kind = 'connection' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> ''
), migrated AS (
    UPDATE ontology_connection AS c SET group_id = f.to_group, type = f.type,
        metadata = ontology_legacy_merged(c.metadata, f.told || CASE f.type WHEN f.told_type THEN '{}' ELSE jsonb_build_object('type', f.told_type) END)
    FROM found AS f WHERE c.id = f.id AND f.decision = 'migrated'
    RETURNING f.decision, coalesce(f.forbidden, false) AS forbidden
), gone AS (
    DELETE FROM ontology_connection AS c USING found AS f WHERE c.id = f.id AND f.decision <> 'migrated'
    RETURNING f.decision, c.id, to_jsonb(c) || jsonb_build_object('_old_id', f.old_id, '_own_group', f.own_group, '_told', f.told) AS whole
), kept AS (
    INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document, run_id)
    SELECT gen_random_uuid(), 'connection', id, decision, whole, %(run)s FROM gone
    RETURNING reason
)
SELECT decision, count(*), count(*) FILTER (WHERE forbidden) FROM (
    SELECT decision, forbidden FROM migrated UNION ALL SELECT reason, false FROM kept
) AS done GROUP BY decision
