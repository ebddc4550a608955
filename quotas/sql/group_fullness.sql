-- How full the group of the outer query is: the percentage of what is nearest to its limit, with one place; -1 when nothing is limited.
-- Takes: nothing but "ontology_group" of the outer query. Returns: the percentage. Cost: one index probe a group.
COALESCE((
    SELECT max(CASE WHEN u."limit" > 0 THEN u.value * 1000 / u."limit" ELSE 1000 END) / 10.0 FROM quotas_usage AS u
    WHERE u.group_id = "ontology_group"."id" AND u."limit" IS NOT NULL AND u.subject = '' AND u.metric <> 'events_retention_days'
        AND (u.period = 'total' OR u.period = 'monthly' AND u.metric = 'api_calls_per_month' AND u.period_end > statement_timestamp())
), -1)
