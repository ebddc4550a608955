-- Rows without a group that no legacy load brought: only rows of an old platform may lack one, until they are migrated.
-- Takes: group (a group asked for alone has none: nothing is returned). Returns: group (null), kind, id, reason, metadata.
-- Cost: the index entries of rows without a group.
WITH bare (kind, id, type) AS (
    SELECT 'thing', id, type FROM ontology_thing WHERE group_id IS NULL
    UNION ALL SELECT 'connection', id, type FROM ontology_connection WHERE group_id IS NULL
    UNION ALL SELECT 'event', id, type FROM ontology_event WHERE group_id IS NULL
    UNION ALL SELECT 'knowledge', id, type FROM ontology_knowledge WHERE group_id IS NULL
    UNION ALL SELECT 'link', id, role FROM ontology_thingknowledge WHERE group_id IS NULL
), migrated (at) AS (
    SELECT max(finished_at) FROM ontology_run WHERE kind = 'migration' AND state = 'succeeded'
), loaded (at) AS (
    SELECT max(finished_at) FROM ontology_run WHERE kind = 'legacy_import' AND state = 'succeeded'
)
SELECT NULL::uuid, bare.kind, bare.id::text, CASE WHEN legacy.row_id IS NULL THEN 'unknown' ELSE 'left_over' END, jsonb_build_object('type', bare.type)
FROM bare CROSS JOIN migrated CROSS JOIN loaded LEFT JOIN ontology_legacyrow AS legacy ON legacy.kind = bare.kind AND legacy.row_id = bare.id
WHERE %(group)s::uuid IS NULL AND (legacy.row_id IS NULL OR migrated.at > coalesce(loaded.at, '-infinity'))
