-- As before, but that what is pending is looked for only by a transaction that has written: one that reads has none, and on a replica, where none can
-- write, the table of what is pending is not there to be looked at.
CREATE OR REPLACE FUNCTION quotas_pending_bytes(the_group uuid) RETURNS bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    IF pg_current_xact_id_if_assigned() IS NULL THEN
        RETURN 0;
    END IF;
    SELECT coalesce(sum(CASE p.metric WHEN 'storage_gb' THEN p.value ELSE 0 END + p.bytes), 0)::bigint INTO found FROM quotas_pending AS p
    WHERE p.transaction = pg_current_xact_id_if_assigned() AND p.group_id = the_group;
    RETURN found;
END $$;
