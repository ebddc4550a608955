-- What groups use now, beside the limits in force at this moment: usage, what is not folded yet, and the calls that stand in slots.
-- Takes: groups. Returns: group, plan, its title, warning and critical percent (null: the settings'), metric, subject, used, held, limit (null: none),
-- hard, when the limit may change, last change. Cost: a few index probes a group, whatever it holds; the oldest event by one probe a partition.
WITH chosen AS (
    SELECT g.id, p.name AS plan, p.title, s.warning_percent, s.critical_percent
    FROM unnest(%(groups)s::uuid[]) AS g (id) LEFT JOIN quotas_subscription AS s ON s.group_id = g.id
    LEFT JOIN quotas_plan AS p ON p.name = coalesce(s.plan_id, (SELECT d.name FROM quotas_plan AS d WHERE d.is_default))
), wanted AS (
    SELECT c.*, m.metric, '' AS subject FROM chosen AS c,
        unnest(ARRAY['users', 'storage_gb', 'api_calls_per_month', 'entities_total', 'connections_total', 'events_retention_days']) AS m (metric)
    UNION ALL
    SELECT c.*, u.metric, u.subject FROM chosen AS c JOIN quotas_usage AS u ON u.group_id = c.id AND u.period = 'total' AND u.subject > ''
)
SELECT r.id, r.plan, r.title, r.warning_percent, r.critical_percent, r.metric, r.subject,
    CASE r.metric
        WHEN 'events_retention_days' THEN coalesce((
            SELECT floor(extract(epoch FROM statement_timestamp() - min(e.timestamp)) / 86400)::bigint FROM ontology_event AS e
            WHERE e.group_id = r.id), 0)
        ELSE coalesce(u.value, 0) + coalesce(d.value, 0) + coalesce(s.used, 0) END AS used,
    CASE r.metric WHEN 'api_calls_per_month' THEN 0 ELSE coalesce(u.held, 0) + coalesce(d.held, 0) END AS held,
    CASE WHEN u.limit_until > statement_timestamp() OR u.id IS NOT NULL AND u.limit_until IS NULL THEN u."limit" ELSE l.lim END AS lim,
    CASE WHEN u.limit_until > statement_timestamp() OR u.id IS NOT NULL AND u.limit_until IS NULL THEN u.is_hard ELSE l.hard END AS hard,
    u.limit_until, u.timestamp
FROM wanted AS r
LEFT JOIN quotas_usage AS u ON u.group_id = r.id AND u.metric = r.metric AND u.subject = r.subject
    AND u.period = CASE r.metric WHEN 'api_calls_per_month' THEN 'monthly' ELSE 'total' END
    AND u.period_start = quotas_period_start(r.metric, statement_timestamp())
LEFT JOIN LATERAL (
    SELECT sum(w.value)::bigint AS value, sum(w.held)::bigint AS held FROM quotas_delta AS w
    WHERE w.group_id = r.id AND w.metric = r.metric AND w.subject = r.subject
) AS d ON true
LEFT JOIN LATERAL (
    SELECT sum(c.used)::bigint AS used FROM quotas_callslot AS c WHERE r.metric = 'api_calls_per_month' AND c.group_id = r.id
        AND c.day >= date_trunc('month', statement_timestamp() AT TIME ZONE 'UTC')::date
) AS s ON true
LEFT JOIN LATERAL (
    SELECT * FROM quotas_limit_for(r.id, r.metric, r.subject, statement_timestamp())
    WHERE u.id IS NULL OR u.limit_until <= statement_timestamp()
) AS l ON true
ORDER BY r.id, array_position(ARRAY['entities_total', 'connections_total', 'users', 'storage_gb', 'api_calls_per_month', 'events_retention_days'], r.metric),
    r.subject
