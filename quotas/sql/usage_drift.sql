-- Recorded usage that differs from the rows, counted anew in one snapshot; what no statement has folded yet counts as recorded.
-- Takes: group (null: all). Returns: group, metric, subject, recorded, counted. Cost: reads every live row of the groups.
SELECT c.group_id, c.metric, c.subject, u.value + coalesce(d.value, 0) AS recorded, c.counted
FROM quotas_counted(%(group)s) AS c
LEFT JOIN quotas_usage AS u ON u.group_id = c.group_id AND u.metric = c.metric AND u.subject = c.subject AND u.period = 'total'
LEFT JOIN LATERAL (
    SELECT sum(w.value)::bigint AS value FROM quotas_delta AS w WHERE w.group_id = c.group_id AND w.metric = c.metric AND w.subject = c.subject
) AS d ON true
WHERE u.value + coalesce(d.value, 0) IS DISTINCT FROM c.counted
ORDER BY 1, 2, 3
