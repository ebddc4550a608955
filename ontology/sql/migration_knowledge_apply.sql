-- Legacy knowledge of a range becomes v1. Takes: after, until (ids), taken (ids of those whose external id another piece of their group has). Returns:
-- pieces, sources cleared, external ids taken. Cost: an update per piece and index.
WITH found AS MATERIALIZED (
    SELECT k.id, l.to_group, l.cleared > 0 AS clears, l.told, coalesce(tl.old_id, k.source_thing_id::text) AS source_old,
        k.id = ANY (%(taken)s::uuid[]) AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_knowledge AS k ON k.id = l.row_id AND k.group_id IS NULL
    LEFT JOIN ontology_legacyrow AS tl ON tl.kind = 'thing' AND tl.row_id = k.source_thing_id
    WHERE l.kind = 'knowledge' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> ''
), migrated AS (
    UPDATE ontology_knowledge AS k SET group_id = f.to_group, source_thing_id = CASE WHEN f.clears THEN NULL ELSE k.source_thing_id END,
        chunk = ontology_legacy_merged(k.chunk, '{}'),
        metadata = ontology_legacy_merged(k.metadata, CASE WHEN f.clears THEN jsonb_build_object('sourceThingId', f.source_old) ELSE '{}' END || f.told),
        external_id = CASE WHEN f.taken THEN left(k.external_id, 460) || '~' || k.id ELSE k.external_id END
    FROM found AS f WHERE k.id = f.id
    RETURNING f.clears, f.taken
)
SELECT count(*), count(*) FILTER (WHERE clears), count(*) FILTER (WHERE taken) FROM migrated
