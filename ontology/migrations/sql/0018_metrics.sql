-- What an event brings by the revenue rule of its type: the number under KEY when METADATA contains CONDITION, else 0. Written so that the planner puts
-- it into the statement.
CREATE FUNCTION ontology_event_revenue(metadata jsonb, key text, condition jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN key <> '' AND metadata @> condition AND jsonb_typeof(metadata -> key) = 'number' THEN (metadata ->> key)::numeric ELSE 0 END
$$;

-- What quotas count is asked of these two functions. They answer by the rows alone until the app that keeps the counts takes their place
-- (CREATE OR REPLACE, same signature): bytes of live things, connections and knowledge, freshly written so that compression counts for nothing, and the
-- API calls of the month that a moment lies in.
CREATE FUNCTION ontology_group_storage_bytes(of_group uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (
        (SELECT coalesce(sum(octet_length(name) + pg_column_size(properties || '{}'::jsonb)), 0) FROM ontology_thing
         WHERE group_id = of_group AND deleted_at IS NULL)
        + (SELECT coalesce(sum(pg_column_size(metadata || '{}'::jsonb)), 0) FROM ontology_connection WHERE group_id = of_group AND deleted_at IS NULL)
        + (SELECT coalesce(sum(octet_length(text) + pg_column_size(metadata || '{}'::jsonb) + 4 * coalesce(embedding_dim, 0)), 0)
           FROM ontology_knowledge WHERE group_id = of_group AND deleted_at IS NULL)
    )::bigint
$$;
CREATE FUNCTION ontology_group_api_calls(of_group uuid, moment timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT 0::bigint
$$;

-- The pieces of knowledge of one group of the scope nearest to a vector by cosine distance, the nearest first. Run by its owner: behind a policy no
-- operator of vectors would reach its index, for none is leakproof.
-- A group with little knowledge is compared whole. A larger one is searched by the index knowledge_nearest_<dimensions>, where there is one: it holds
-- the vectors of all groups in half precision, so the scan goes on until enough rows are this group's and bear the labels, twice as many as asked for
-- are taken, and those are put in order by their exact distances. What it does not find enough of is compared whole after all.
-- Little is up to 2,000 pieces, and more where other groups have many: a scan passes (2 * how_many) * all / ours vectors at some five times the cost
-- of comparing one, which is dearer than comparing ours as long as ours < sqrt(10 * how_many * all).
CREATE FUNCTION ontology_knowledge_nearest(only_group uuid, asked vector, of_model text, with_labels text[], of_types text[], how_many integer)
    RETURNS TABLE (id uuid, distance double precision)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET hnsw.iterative_scan = 'relaxed_order' SET hnsw.ef_search = 400 SET hnsw.max_scan_tuples = 40000 SET enable_sort = off AS $$
DECLARE
    compared_whole_max integer;
    dimensions integer := vector_dims(asked);
    conditions text := format('group_id = $1 AND deleted_at IS NULL AND embedding_dim = %s AND embedding_model = $3
        AND ($4 = ''{}'' OR labels::text[] @> $4) AND ($5 = ''{}'' OR type = ANY ($5))', dimensions);
    ids uuid[];
    distances double precision[];
    counted integer;
BEGIN
    IF NOT (ontology_acting_everywhere() OR only_group = ANY (ontology_acting_groups())) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(format('public.knowledge_nearest_%s', dimensions)) AND indisvalid) THEN
        SELECT greatest(2000, least(50000, sqrt(10.0 * how_many * greatest(reltuples, 0)))) INTO compared_whole_max
        FROM pg_class WHERE oid = to_regclass(format('public.knowledge_nearest_%s', dimensions));
        SELECT count(*) INTO counted FROM (
            SELECT FROM ontology_knowledge AS piece WHERE piece.group_id = only_group AND piece.deleted_at IS NULL LIMIT compared_whole_max + 1
        ) AS few;
        IF counted > compared_whole_max THEN
            EXECUTE format('SELECT array_agg(id ORDER BY distance, id), array_agg(distance ORDER BY distance, id) FROM (
                SELECT id, distance FROM (
                    SELECT id, embedding <=> $2 AS distance FROM (
                        SELECT id, embedding FROM ontology_knowledge WHERE %s
                        ORDER BY embedding::halfvec(%s) <=> $2::halfvec(%2$s) LIMIT 2 * $6
                    ) AS near
                ) AS told ORDER BY distance, id LIMIT $6
            ) AS nearest', conditions, dimensions) INTO ids, distances USING only_group, asked, of_model, with_labels, of_types, how_many;
            IF coalesce(array_length(ids, 1), 0) = how_many THEN
                RETURN QUERY SELECT * FROM unnest(ids, distances);
                RETURN;
            END IF;
        END IF;
    END IF;
    RETURN QUERY EXECUTE format('SELECT id, embedding <=> $2 AS distance FROM ontology_knowledge WHERE %s ORDER BY distance, id LIMIT $6', conditions)
        USING only_group, asked, of_model, with_labels, of_types, how_many;
END $$;
