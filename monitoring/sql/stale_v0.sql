-- Legacy things (v0) that no migration has made whole: older than a month, or left over by one that has ended since.
-- Takes: group (null: all), days. Returns: group, kind, id, reason, metadata. Cost: the index entries of legacy things.
WITH migrated (at) AS (
    SELECT max(finished_at) FROM ontology_run WHERE kind = 'migration' AND state = 'succeeded'
)
SELECT thing.group_id, 'thing', thing.id::text, CASE WHEN thing.updated_at < migrated.at THEN 'left_over' ELSE 'old' END,
    jsonb_build_object('type', thing.type, 'since', thing.updated_at)
FROM ontology_thing AS thing CROSS JOIN migrated
WHERE thing.schema_version = 0 AND thing.deleted_at IS NULL AND (%(group)s::uuid IS NULL OR thing.group_id = %(group)s)
    AND (thing.updated_at < migrated.at OR thing.updated_at < statement_timestamp() - make_interval(days => %(days)s))
