-- Legacy connections of a range become v1 in the group of their ends, or go to quarantine for the reason that was decided. Takes: after, until (ids),
-- taken (ids of those whose ends are connected by now), run. Returns: decision, connections, and of them of types that the catalogue forbids between
-- such things. Cost: an update or deletion per connection and index.
WITH migrated AS (
    UPDATE ontology_connection AS c SET group_id = f.group_id, type = y.name,
        metadata = CASE WHEN l.told = '{}' AND y.name = c.type AND jsonb_typeof(c.metadata) = 'object' THEN c.metadata
            ELSE ontology_legacy_merged(c.metadata, l.told || CASE y.name WHEN c.type THEN '{}' ELSE jsonb_build_object('type', c.type) END) END
    FROM ontology_legacyrow AS l, ontology_thing AS f, ontology_thing AS t, ontology_connectiontype AS y
    WHERE l.kind = 'connection' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision IN ('', 'migrated')
        AND c.id = l.row_id AND c.group_id IS NULL AND c.id <> ALL (%(taken)s::uuid[])
        AND f.id = c.from_thing_id AND t.id = c.to_thing_id AND f.group_id = t.group_id AND y.name = ontology_legacy_word(c.type)
    RETURNING y.from_types <> '{}' AND f.type <> ALL (y.from_types) OR y.to_types <> '{}' AND t.type <> ALL (y.to_types) AS forbidden
), gone AS (
    DELETE FROM ontology_connection AS c USING ontology_legacyrow AS l
    WHERE l.kind = 'connection' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND (l.decision NOT IN ('', 'migrated') OR l.row_id = ANY (%(taken)s::uuid[]))
        AND c.id = l.row_id AND c.group_id IS NULL
    RETURNING CASE WHEN l.decision IN ('', 'migrated') THEN 'duplicate' ELSE l.decision END AS reason, c.id,
        to_jsonb(c) || jsonb_build_object('_old_id', l.old_id, '_own_group', l.own_group, '_told', l.told) AS whole
), kept AS (
    INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document, run_id)
    SELECT gen_random_uuid(), 'connection', id, reason, whole, %(run)s FROM gone
    RETURNING reason
)
SELECT decision, count(*), count(*) FILTER (WHERE forbidden) FROM (
    SELECT 'migrated' AS decision, forbidden FROM migrated UNION ALL SELECT reason, false FROM kept
) AS done GROUP BY decision
