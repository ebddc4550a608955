-- Calls of the API, counted before they are answered, in a short transaction of their own.

-- The first moment of the window that AT lies in; windows are aligned to UTC.
CREATE FUNCTION quotas_window_start(span text, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT date_trunc(span, at, 'UTC') $$;

-- Counts one call in the window of one rule, unless it is full; returns the calls in that window, null when it refused.
CREATE FUNCTION quotas_window_count(the_group uuid, the_subject text, the_span text, lim bigint, at timestamptz) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO quotas_callwindow AS w (group_id, subject, span, began_at, used)
        SELECT the_group, the_subject, the_span, quotas_window_start(the_span, at), 1 WHERE lim > 0
    ON CONFLICT (group_id, subject, span) DO UPDATE
        SET used = CASE WHEN w.began_at < excluded.began_at THEN 1 ELSE w.used + 1 END, began_at = greatest(w.began_at, excluded.began_at)
        WHERE w.began_at < excluded.began_at OR w.used < lim
    RETURNING w.used
$$;

-- A slot of the day that no other call holds; a new one when all are held. NEEDED: only one with a call left in its lease.
CREATE FUNCTION quotas_slot_take(the_group uuid, today date, needed boolean) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.id FROM quotas_callslot AS s WHERE s.group_id = the_group AND s.day = today AND (NOT needed OR s.leased > s.used)
    ORDER BY s.slot LIMIT 1 FOR UPDATE SKIP LOCKED
$$;
CREATE FUNCTION quotas_slot_make(the_group uuid, today date) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO quotas_callslot (group_id, day, slot) VALUES (the_group, today, floor(random() * 2147483647)::integer) RETURNING id
$$;

-- Counts one call against the month of the group; whether it is within the limit. Slots are taken without waiting while leases last. When none is
-- left over, the row of the month lets one call at a time lease more, and at the very end take what other slots have left.
CREATE FUNCTION quotas_month_count(the_group uuid, month_id bigint, lim bigint, today date, month_day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mine bigint := quotas_slot_take(the_group, today, lim IS NOT NULL);
    month record;
    block bigint;
BEGIN
    IF lim IS NULL AND mine IS NULL THEN
        mine := quotas_slot_make(the_group, today);
    END IF;
    IF mine IS NOT NULL THEN
        UPDATE quotas_callslot SET used = used + 1 WHERE id = mine;
        RETURN true;
    END IF;
    SELECT value, held INTO month FROM quotas_usage WHERE id = month_id FOR UPDATE;
    block := least(64, greatest(1, (lim - month.value - month.held) / 32));
    IF month.value + month.held + block <= lim THEN
        UPDATE quotas_usage SET held = held + block WHERE id = month_id;
        mine := coalesce(quotas_slot_take(the_group, today, false), quotas_slot_make(the_group, today));
        UPDATE quotas_callslot SET leased = leased + block, used = used + 1 WHERE id = mine;
        RETURN true;
    END IF;
    SELECT s.id INTO mine FROM quotas_callslot AS s WHERE s.group_id = the_group AND s.day >= month_day AND s.leased > s.used ORDER BY s.id LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM quotas_callslot WHERE id = mine AND day = today) THEN
        UPDATE quotas_callslot SET used = used + 1 WHERE id = mine;
    ELSE  -- what an earlier day left over is used today
        UPDATE quotas_callslot SET leased = leased - 1 WHERE id = mine;
        mine := coalesce(quotas_slot_take(the_group, today, false), quotas_slot_make(the_group, today));
        UPDATE quotas_callslot SET leased = leased + 1, used = used + 1 WHERE id = mine;
    END IF;
    RETURN true;
END $$;

-- Calls of a group in the month of MONTH_DAY that stand in slots.
CREATE FUNCTION quotas_slots_used(the_group uuid, month_day date, OUT used bigint, OUT refused bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(sum(s.used), 0)::bigint, coalesce(sum(s.refused), 0)::bigint FROM quotas_callslot AS s
    WHERE s.group_id = the_group AND s.day >= month_day AND s.day < month_day + interval '1 month'
$$;

-- quotas_call_count: counts one call of a person for a group; a row for each limit: whose, in which window, how many, used, when it begins anew,
-- whether it refused the call. A refused call counts as refused, and in no window. Only for groups that the caller acts for.
CREATE FUNCTION quotas_call_count(the_group uuid, the_person uuid)
    RETURNS TABLE (per text, span text, lim bigint, used bigint, ends_at timestamptz, refused boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    now timestamptz := clock_timestamp();
    this_month timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
    next_month timestamptz := (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    month record;
    rule record;
    counted bigint;
    full_one boolean := false;
    refusing bigint;
BEGIN
    IF NOT (the_group = ANY (ontology_acting_groups()) OR ontology_acting_everywhere()) THEN
        RAISE EXCEPTION 'Calls are counted for a group that one acts for.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- The count of a call may be lost with the last half second before the database fails; for that, no call waits for the disk.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM pg_advisory_xact_lock_shared(quotas_lock_of(the_group));
    SELECT u.id, u.value, u."limit" AS lim, u.is_hard AS hard, u.limit_until, u.metadata -> 'rules' AS rules INTO month FROM quotas_usage AS u
        WHERE u.group_id = the_group AND u.metric = 'api_calls_per_month' AND u.subject = '' AND u.period = 'monthly' AND u.period_start = this_month;
    IF NOT FOUND THEN
        PERFORM quotas_usage_open(the_group, 'api_calls_per_month', '', now);
        SELECT u.id, u.value, u."limit" AS lim, u.is_hard AS hard, now AS limit_until, NULL::jsonb AS rules INTO month FROM quotas_usage AS u
            WHERE u.group_id = the_group AND u.metric = 'api_calls_per_month' AND u.subject = '' AND u.period = 'monthly' AND u.period_start = this_month;
    END IF;
    IF month.limit_until <= now OR month.rules IS NULL THEN
        SELECT l.lim, l.hard INTO month.lim, month.hard FROM quotas_limit_of(the_group, 'api_calls_per_month', 'group', '', '', now) AS l;
        SELECT r.rules INTO month.rules FROM quotas_call_rules(the_group, now) AS r;
        UPDATE quotas_usage AS u SET metadata = u.metadata || jsonb_build_object('rules', month.rules) WHERE u.id = month.id AND u.metadata -> 'rules' IS NULL;
    END IF;
    FOR rule IN SELECT r.per, r.span, r."limit" AS lim, r.hard, CASE r.per WHEN 'person' THEN 'person:' || the_person ELSE '' END AS subject,
            CASE r.span WHEN '' THEN 'month' ELSE r.span END AS step
            FROM jsonb_to_recordset(month.rules) AS r (per text, span text, "limit" bigint, hard boolean) LOOP
        counted := quotas_window_count(the_group, rule.subject, rule.step, CASE WHEN rule.hard THEN rule.lim ELSE 9223372036854775807 END, now);
        full_one := counted IS NULL;
        RETURN QUERY SELECT rule.per, rule.span, rule.lim, coalesce(counted, rule.lim),
            ((date_trunc(rule.step, now AT TIME ZONE 'UTC') + ('1 ' || rule.step)::interval) AT TIME ZONE 'UTC'), full_one;
        EXIT WHEN full_one;
    END LOOP;
    IF full_one THEN
        PERFORM quotas_windows_take_back(the_group, the_person, month.rules, rule.per, rule.span);
    ELSIF NOT quotas_month_count(the_group, month.id, CASE WHEN month.hard THEN month.lim END, today, (this_month AT TIME ZONE 'UTC')::date) THEN
        full_one := true;
        PERFORM quotas_windows_take_back(the_group, the_person, month.rules, NULL, NULL);
    END IF;
    IF full_one THEN
        refusing := coalesce(quotas_slot_take(the_group, today, false), quotas_slot_make(the_group, today));
        UPDATE quotas_callslot AS s SET refused = s.refused + 1 WHERE s.id = refusing;
    END IF;
    IF month.lim IS NOT NULL THEN
        counted := month.value + (quotas_slots_used(the_group, (this_month AT TIME ZONE 'UTC')::date)).used;
        RETURN QUERY SELECT 'group', '', month.lim, counted, next_month, full_one AND month.hard AND counted >= month.lim;
    END IF;
END $$;

-- Takes a refused call back from the windows that had counted it already: those before the one that refused, or all.
CREATE FUNCTION quotas_windows_take_back(the_group uuid, the_person uuid, rules jsonb, full_per text, full_span text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    rule record;
BEGIN
    FOR rule IN SELECT r.per, r.span FROM jsonb_to_recordset(rules) AS r (per text, span text) LOOP
        EXIT WHEN rule.per = full_per AND rule.span = full_span;
        UPDATE quotas_callwindow AS w SET used = w.used - 1 WHERE w.group_id = the_group AND w.used > 0
            AND w.subject = CASE rule.per WHEN 'person' THEN 'person:' || the_person ELSE '' END
            AND w.span = CASE rule.span WHEN '' THEN 'month' ELSE rule.span END;
    END LOOP;
END $$;

-- quotas_period_close: writes down where a metric of a group stands, as the row of the present day, month or year (UTC); the last that is written in a
-- period is that period's. Past days of calls are closed besides. Safe to run twice, late or never. Returns how many rows it wrote.
CREATE FUNCTION quotas_period_close(the_group uuid, the_metric text, the_period text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    step text := CASE the_period WHEN 'daily' THEN 'day' WHEN 'monthly' THEN 'month' WHEN 'annual' THEN 'year' END;
    written bigint := 0;
    past date;
BEGIN
    IF the_metric = 'api_calls_per_month' THEN
        FOR past IN SELECT DISTINCT s.day FROM quotas_callslot AS s
            WHERE s.group_id = the_group AND s.day < (clock_timestamp() AT TIME ZONE 'UTC')::date ORDER BY s.day LOOP
            written := written + quotas_calls_close(the_group, past);
        END LOOP;
        RETURN written;
    END IF;
    INSERT INTO quotas_usage AS u (group_id, metric, subject, period, period_start, period_end, value, "limit", is_hard, metadata)
        SELECT t.group_id, t.metric, t.subject, the_period, date_trunc(step, clock_timestamp(), 'UTC'),
            (date_trunc(step, clock_timestamp() AT TIME ZONE 'UTC') + ('1 ' || step)::interval) AT TIME ZONE 'UTC',
            t.value + coalesce((SELECT sum(d.value) FROM quotas_delta AS d
                WHERE d.group_id = t.group_id AND d.metric = t.metric AND d.subject = t.subject), 0), t."limit", t.is_hard, '{}'
        FROM quotas_usage AS t WHERE t.group_id = the_group AND t.metric = the_metric AND t.period = 'total' AND the_metric <> 'events_retention_days'
    ON CONFLICT (group_id, metric, subject, period, period_start) DO UPDATE
        SET value = excluded.value, "limit" = excluded."limit", is_hard = excluded.is_hard, timestamp = clock_timestamp();
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;

-- quotas_calls_close: turns the slots of one past day of a group into its row of usage, and their calls into those of the month's and the year's row.
CREATE FUNCTION quotas_calls_close(the_group uuid, the_day date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone record;
    first_day date := date_trunc('month', the_day::timestamp)::date;
    day_start timestamptz := the_day::timestamp AT TIME ZONE 'UTC';
    month record;
BEGIN
    IF the_day >= (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(quotas_lock_of(the_group));
    WITH closed AS (DELETE FROM quotas_callslot WHERE group_id = the_group AND day = the_day RETURNING used, refused, leased)
    SELECT count(*) AS slots, coalesce(sum(used), 0) AS used, coalesce(sum(refused), 0) AS refused INTO gone FROM closed;
    IF gone.slots = 0 THEN
        RETURN 0;
    END IF;
    UPDATE quotas_usage AS u SET value = u.value + gone.used, timestamp = clock_timestamp(),
        held = (SELECT coalesce(sum(s.leased), 0) FROM quotas_callslot AS s
            WHERE s.group_id = the_group AND s.day >= first_day AND s.day < first_day + interval '1 month'),
        metadata = u.metadata || jsonb_build_object('refused', coalesce((u.metadata ->> 'refused')::bigint, 0) + gone.refused)
        WHERE u.group_id = the_group AND u.metric = 'api_calls_per_month' AND u.subject = '' AND u.period = 'monthly'
            AND u.period_start = first_day::timestamp AT TIME ZONE 'UTC'
        RETURNING u."limit", u.is_hard INTO month;
    INSERT INTO quotas_usage AS u (group_id, metric, subject, period, period_start, period_end, value, "limit", is_hard, metadata)
        SELECT the_group, 'api_calls_per_month', '', p.period, p.first, p.last, gone.used, month."limit", coalesce(month.is_hard, false),
            jsonb_build_object('refused', gone.refused)
        FROM (VALUES ('daily', day_start, day_start + interval '1 day'),
            ('annual', date_trunc('year', the_day::timestamp) AT TIME ZONE 'UTC', (date_trunc('year', the_day::timestamp) + interval '1 year') AT TIME ZONE 'UTC'))
            AS p (period, first, last)
        ON CONFLICT (group_id, metric, subject, period, period_start) DO UPDATE SET value = u.value + excluded.value, timestamp = clock_timestamp(),
            metadata = u.metadata || jsonb_build_object('refused', coalesce((u.metadata ->> 'refused')::bigint, 0) + gone.refused);
    RETURN gone.slots;
END $$;
