-- By the rows alone again, as ontology has them.
CREATE OR REPLACE FUNCTION ontology_group_storage_bytes(of_group uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (
        (SELECT coalesce(sum(octet_length(name) + pg_column_size(properties || '{}'::jsonb)), 0) FROM ontology_thing
         WHERE group_id = of_group AND deleted_at IS NULL)
        + (SELECT coalesce(sum(pg_column_size(metadata || '{}'::jsonb)), 0) FROM ontology_connection WHERE group_id = of_group AND deleted_at IS NULL)
        + (SELECT coalesce(sum(octet_length(text) + pg_column_size(metadata || '{}'::jsonb) + 4 * coalesce(embedding_dim, 0)), 0)
           FROM ontology_knowledge WHERE group_id = of_group AND deleted_at IS NULL)
    )::bigint
$$;
CREATE OR REPLACE FUNCTION ontology_group_api_calls(of_group uuid, moment timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT 0::bigint
$$;
DROP FUNCTION quotas_pending_bytes(uuid);
