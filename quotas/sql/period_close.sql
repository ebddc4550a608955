-- Closes the periods of metrics of groups that are over, and writes down where the present ones stand.
-- Takes: groups, metrics, periods. Returns: rows written, for each. Cost: a few index probes for each.
SELECT quotas_period_close(g.id, m.metric, p.period)
FROM unnest(%(groups)s::uuid[]) AS g (id), unnest(%(metrics)s::text[]) AS m (metric), unnest(%(periods)s::text[]) AS p (period)
ORDER BY g.id, m.metric, p.period
