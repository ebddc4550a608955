-- What an event brings by the revenue rule of its type: the number under KEY when METADATA contains CONDITION, else 0. Written so that the planner puts
-- it into the statement.
CREATE FUNCTION ontology_event_revenue(metadata jsonb, key text, condition jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN key <> '' AND metadata @> condition AND jsonb_typeof(metadata -> key) = 'number' THEN (metadata ->> key)::numeric ELSE 0 END
$$;

-- What quotas count is asked of these two functions. They answer by the rows alone until the app that keeps the counts takes their place
-- (CREATE OR REPLACE, same signature): bytes of live things, connections and knowledge, and the API calls of the month that a moment lies in.
CREATE FUNCTION ontology_group_storage_bytes(of_group uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (
        (SELECT coalesce(sum(octet_length(name) + octet_length(properties::text)), 0) FROM ontology_thing
         WHERE group_id = of_group AND deleted_at IS NULL)
        + (SELECT coalesce(sum(octet_length(metadata::text)), 0) FROM ontology_connection WHERE group_id = of_group AND deleted_at IS NULL)
        + (SELECT coalesce(sum(octet_length(text) + octet_length(metadata::text) + coalesce(4 * embedding_dim, 0)), 0) FROM ontology_knowledge
           WHERE group_id = of_group AND deleted_at IS NULL)
    )::bigint
$$;
CREATE FUNCTION ontology_group_api_calls(of_group uuid, moment timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT 0::bigint
$$;
