CREATE OR REPLACE FUNCTION quotas_groups_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM quotas_usage_open(n.id, m.metric, '', clock_timestamp()) FROM new_rows AS n,
        unnest(ARRAY['users', 'storage_gb', 'entities_total', 'connections_total', 'events_retention_days']) AS m (metric);
    INSERT INTO quotas_subscription (group_id, plan_id)
        SELECT n.id, p.name FROM new_rows AS n, quotas_plan AS p
        WHERE n.slug IN ('platform', 'legacy') AND n.parent_id IS NULL AND p.name = 'enterprise' ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION quotas_limits_refresh(the_group uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    now timestamptz := clock_timestamp();
    this_month timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
    kept record;
    found_limit record;
    calls record;
    named text;
BEGIN
    PERFORM pg_advisory_xact_lock(quotas_lock_of(the_group));
    UPDATE quotas_callslot SET leased = used WHERE group_id = the_group AND day >= (this_month AT TIME ZONE 'UTC')::date AND leased <> used;
    SELECT * INTO calls FROM quotas_call_rules(the_group, now);
    FOR kept IN SELECT id, metric, subject FROM quotas_usage WHERE group_id = the_group
            AND (period = 'total' OR period = 'monthly' AND metric = 'api_calls_per_month' AND period_start = this_month) ORDER BY metric, subject LOOP
        PERFORM quotas_fold(the_group, kept.metric, kept.subject);
        SELECT * INTO found_limit FROM quotas_limit_for(the_group, kept.metric, kept.subject, now);
        UPDATE quotas_usage AS u SET "limit" = found_limit.lim, is_hard = found_limit.hard,
            limit_until = CASE WHEN kept.metric = 'api_calls_per_month' AND kept.subject = '' THEN least(found_limit.until, calls.until) ELSE found_limit.until END,
            metadata = CASE WHEN kept.metric = 'api_calls_per_month' AND kept.subject = '' THEN u.metadata || jsonb_build_object('rules', calls.rules)
                ELSE u.metadata END,
            held = CASE WHEN kept.metric = 'api_calls_per_month' AND kept.subject = '' THEN (SELECT coalesce(sum(s.leased), 0) FROM quotas_callslot AS s
                WHERE s.group_id = the_group AND s.day >= (this_month AT TIME ZONE 'UTC')::date) ELSE u.held END
            WHERE u.id = kept.id;
    END LOOP;
    FOR named IN
        SELECT k.type_name FROM (
            SELECT p.type_name FROM quotas_planlimit AS p WHERE p.per = 'type'
                AND p.plan_id = coalesce((SELECT s.plan_id FROM quotas_subscription AS s WHERE s.group_id = the_group),
                    (SELECT d.name FROM quotas_plan AS d WHERE d.is_default))
            UNION SELECT o.type_name FROM quotas_override AS o WHERE o.per = 'type' AND o.group_id = the_group
        ) AS k WHERE NOT EXISTS (SELECT FROM quotas_usage AS u WHERE u.group_id = the_group AND u.subject = 'type:' || k.type_name)
    LOOP
        -- Writers that have not committed do not count this type yet: wait for them, and let no other begin before it is counted.
        LOCK TABLE ontology_thing IN SHARE ROW EXCLUSIVE MODE;
        PERFORM quotas_usage_open(the_group, 'entities_total', 'type:' || named, now);
        UPDATE quotas_usage AS u SET value = (SELECT count(*) FROM ontology_thing AS t WHERE t.group_id = the_group AND t.type = named AND t.deleted_at IS NULL)
            WHERE u.group_id = the_group AND u.metric = 'entities_total' AND u.subject = 'type:' || named;
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION quotas_plan_limits_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    the_plan text;
    changed uuid;
BEGIN
    IF TG_TABLE_NAME = 'quotas_plan' THEN
        the_plan := CASE TG_OP WHEN 'DELETE' THEN OLD.name ELSE NEW.name END;
    ELSE
        the_plan := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END;
    END IF;
    FOR changed IN SELECT g.id FROM ontology_group AS g LEFT JOIN quotas_subscription AS s ON s.group_id = g.id
        WHERE s.plan_id = the_plan OR s.plan_id IS NULL AND EXISTS (SELECT FROM quotas_plan AS p WHERE p.name = the_plan AND p.is_default) ORDER BY g.id LOOP
        PERFORM quotas_limits_refresh(changed);
    END LOOP;
    RETURN NULL;
END $$;
DROP FUNCTION quotas_writers_await(uuid[]);
DROP FUNCTION quotas_types_uncounted(uuid);
