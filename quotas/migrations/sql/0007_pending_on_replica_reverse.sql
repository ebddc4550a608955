CREATE OR REPLACE FUNCTION quotas_pending_bytes(the_group uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(sum(CASE p.metric WHEN 'storage_gb' THEN p.value ELSE 0 END + p.bytes), 0)::bigint FROM quotas_pending AS p
    WHERE p.transaction = pg_current_xact_id_if_assigned() AND p.group_id = the_group
$$;
