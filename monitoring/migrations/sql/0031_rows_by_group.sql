-- Keeps what a process has observed, outside of its own transactions: slow statements, statements repeated within one request, and time by group.
-- Takes {"slow": [{ms, level, text, caller, group, at}], "repeated": [{caller, fingerprint, text, times, ms}], "cost": [{group, statements, ms, rows}]}.
-- Adds only: the roles of requests and jobs can neither read nor change others' observations by it.
CREATE OR REPLACE FUNCTION monitoring_observed_add(told jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF jsonb_array_length(coalesce(told -> 'slow', '[]')) > 0 THEN
        PERFORM public.monitoring_slow_day_make(current_date);
        INSERT INTO monitoring_slowstatement (at, duration_ms, level, text, caller, group_slug)
        SELECT greatest(least(to_timestamp(it.at), clock_timestamp()), date_trunc('day', clock_timestamp())), it.ms, it.level, left(it.text, 10000),
            left(it.caller, 200), left(coalesce(it."group", ''), 100)
        FROM jsonb_to_recordset(told -> 'slow') AS it (ms float8, level text, text text, caller text, "group" text, at float8);
    END IF;
    INSERT INTO monitoring_repeatedstatement AS kept (caller, fingerprint, text, times_max, seen, total_ms)
    SELECT left(it.caller, 200), left(it.fingerprint, 32), left(it.text, 10000), it.times, 1, it.ms
    FROM jsonb_to_recordset(coalesce(told -> 'repeated', '[]')) AS it (caller text, fingerprint text, text text, times int, ms float8)
    ON CONFLICT (caller, fingerprint) DO UPDATE SET times_max = greatest(kept.times_max, excluded.times_max), seen = kept.seen + 1,
        total_ms = kept.total_ms + excluded.total_ms, last_at = clock_timestamp();
    INSERT INTO monitoring_groupcost AS kept (day, group_slug, statements, total_ms, rows)
    SELECT current_date, left(it."group", 100), it.statements, it.ms, coalesce(it.rows, 0)
    FROM jsonb_to_recordset(coalesce(told -> 'cost', '[]')) AS it ("group" text, statements bigint, ms float8, rows bigint)
    ON CONFLICT (day, group_slug) DO UPDATE SET statements = kept.statements + excluded.statements, total_ms = kept.total_ms + excluded.total_ms,
        rows = kept.rows + excluded.rows;
END $$;
