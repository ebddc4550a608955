-- The rows of usage for which deltas wait.
-- Takes: limit. Returns: group, metric, subject. Cost: one scan of the deltas, which are few.
SELECT DISTINCT group_id, metric, subject FROM quotas_delta ORDER BY 1, 2, 3 LIMIT %(limit)s
