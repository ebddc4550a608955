-- Things by schema version. Takes: group, null for all. Returns: v0, v1. Cost: an index scan of the things.
SELECT count(*) FILTER (WHERE schema_version = 0), count(*) FILTER (WHERE schema_version = 1) FROM ontology_thing
WHERE %(group)s::uuid IS NULL OR group_id = %(group)s
