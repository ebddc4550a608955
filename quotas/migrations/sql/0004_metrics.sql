-- What the present transaction has changed of a group's bytes so far and COMMIT will count. Run by its owner, for what is pending is hidden from all; it
-- tells a transaction of its own writes alone, which no scope has to hide from it.
CREATE FUNCTION quotas_pending_bytes(the_group uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(sum(CASE p.metric WHEN 'storage_gb' THEN p.value ELSE 0 END + p.bytes), 0)::bigint FROM quotas_pending AS p
    WHERE p.transaction = pg_current_xact_id_if_assigned() AND p.group_id = the_group
$$;

-- Stored bytes of a group as counted: recorded, not folded yet, and this transaction's own. Asked with the rights of who asks, so that policies decide.
-- Cost: a few index probes, whatever the group holds.
CREATE OR REPLACE FUNCTION ontology_group_storage_bytes(of_group uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL UNSAFE AS $$
    SELECT (
        coalesce((SELECT u.value FROM quotas_usage AS u WHERE u.group_id = of_group AND u.metric = 'storage_gb' AND u.subject = '' AND u.period = 'total'), 0)
        + coalesce((SELECT sum(d.value) FROM quotas_delta AS d WHERE d.group_id = of_group AND d.metric = 'storage_gb' AND d.subject = ''), 0)
        + quotas_pending_bytes(of_group)
    )::bigint
$$;

-- API calls of the calendar month (UTC) that a moment lies in: those of closed days and of records, what is not folded yet (always of the present
-- month), and those that stand in slots. Cost: a few index probes, and the slots of the month.
CREATE OR REPLACE FUNCTION ontology_group_api_calls(of_group uuid, moment timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL UNSAFE AS $$
    SELECT (
        coalesce((SELECT u.value FROM quotas_usage AS u WHERE u.group_id = of_group AND u.metric = 'api_calls_per_month' AND u.subject = ''
            AND u.period = 'monthly' AND u.period_start = date_trunc('month', moment, 'UTC')), 0)
        + coalesce((SELECT sum(d.value) FROM quotas_delta AS d WHERE d.group_id = of_group AND d.metric = 'api_calls_per_month' AND d.subject = ''
            AND date_trunc('month', moment, 'UTC') = date_trunc('month', statement_timestamp(), 'UTC')), 0)
        + coalesce((SELECT sum(c.used) FROM quotas_callslot AS c WHERE c.group_id = of_group
            AND c.day >= date_trunc('month', moment AT TIME ZONE 'UTC')::date
            AND c.day < (date_trunc('month', moment AT TIME ZONE 'UTC') + interval '1 month')::date), 0)
    )::bigint
$$;
