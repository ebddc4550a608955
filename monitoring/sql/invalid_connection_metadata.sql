-- Rows of connections that may break the schema of their type: of a type that there is not, or not plainly right by the type's path. Which of them do,
-- monitoring.checks.schemas finds out. Takes: group (null: all), types, free (types that take everything), paths (a predicate that is true of right
-- values only; null: none known). Returns: group, id, type, the metadata as text. Cost: reads every connection once, and evaluates a short predicate.
WITH rule AS MATERIALIZED (
    SELECT told.type, told.free, told.path::jsonpath AS path
    FROM unnest(%(types)s::text[], %(free)s::boolean[], %(paths)s::text[]) AS told (type, free, path)
)
SELECT item.group_id, item.id, item.type, item.metadata::text
FROM ontology_connection AS item LEFT JOIN rule ON rule.type = item.type
WHERE item.deleted_at IS NULL AND item.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR item.group_id = %(group)s)
    AND (rule.type IS NULL OR NOT rule.free AND (rule.path IS NULL OR (item.metadata @@ rule.path) IS NOT TRUE))
