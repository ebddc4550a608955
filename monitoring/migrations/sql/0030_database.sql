-- Slow statements, a partition a day: a day is dropped whole, without a scan and without dead rows.
CREATE TABLE monitoring_slowstatement (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms double precision NOT NULL,
    level varchar(10) NOT NULL,
    text text NOT NULL,
    caller varchar(200) NOT NULL,
    group_slug varchar(100) NOT NULL DEFAULT '',
    CONSTRAINT slow_statement_level_is_known CHECK (level IN ('warning', 'critical', 'emergency')),
    CONSTRAINT slow_statement_took_some_time CHECK (duration_ms > 0)
) PARTITION BY RANGE (at);
CREATE INDEX slow_statement_by_time ON monitoring_slowstatement (at);

-- Makes the partition of a day (UTC) if there is none; whether it did. Runs as the owner, for nobody else makes tables.
CREATE FUNCTION monitoring_slow_day_make(day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    partition text := 'monitoring_slowstatement_' || to_char(day, 'YYYY_MM_DD');
BEGIN
    IF day NOT BETWEEN current_date - 1 AND current_date + 7 OR to_regclass('public.' || quote_ident(partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('monitoring_slow_day', 0));
    IF EXISTS (SELECT FROM pg_class WHERE relname = partition AND relnamespace = 'public'::regnamespace) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.monitoring_slowstatement FOR VALUES FROM (%L) TO (%L)',
        partition, day::timestamptz, (day + 1)::timestamptz);
    PERFORM public.ontology_partition_close(format('public.%I', partition)::regclass);
    RETURN true;
END $$;

-- Drops the days that ended more than DAYS ago; how many. Waits a fifth of a second at most for each.
CREATE FUNCTION monitoring_slow_days_drop(days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '200ms' SET timezone = 'UTC' AS $$
DECLARE
    name text;
    gone integer := 0;
BEGIN
    IF days < 7 THEN
        RAISE EXCEPTION 'Slow statements are kept for 7 days at least.' USING ERRCODE = 'check_violation';
    END IF;
    FOR name IN SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.monitoring_slowstatement'::regclass
            AND to_date(right(c.relname, 10), 'YYYY_MM_DD') < current_date - days LOOP
        EXECUTE format('DROP TABLE public.%I', name);
        gone := gone + 1;
    END LOOP;
    RETURN gone;
END $$;

-- Keeps what a process has observed, outside of its own transactions: slow statements, statements repeated within one request, and time by group.
-- Takes {"slow": [{ms, level, text, caller, group, at}], "repeated": [{caller, fingerprint, text, times, ms}], "cost": [{group, statements, ms}]}.
-- Adds only: the roles of requests and jobs can neither read nor change others' observations by it.
CREATE FUNCTION monitoring_observed_add(told jsonb) RETURNS void
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
    INSERT INTO monitoring_groupcost AS kept (day, group_slug, statements, total_ms)
    SELECT current_date, left(it."group", 100), it.statements, it.ms
    FROM jsonb_to_recordset(coalesce(told -> 'cost', '[]')) AS it ("group" text, statements bigint, ms float8)
    ON CONFLICT (day, group_slug) DO UPDATE SET statements = kept.statements + excluded.statements, total_ms = kept.total_ms + excluded.total_ms;
END $$;
SELECT monitoring_slow_day_make(current_date), monitoring_slow_day_make(current_date + 1);
