-- Brings limits up to date where an override has begun or ended since.
-- Takes: groups (null: all). Returns: the group, for each. Cost: one scan of usage that is open, and some probes a group that is due.
SELECT quotas_limits_due(d.group_id) FROM (
    SELECT DISTINCT group_id FROM quotas_usage
    WHERE limit_until <= statement_timestamp() AND (%(groups)s::uuid[] IS NULL OR group_id = ANY (%(groups)s::uuid[])) ORDER BY group_id
) AS d
