-- Who holds the locks that sessions of the role of requests wait for, the one with most waiters first. Takes role. Returns: pid, its role, its program,
-- its state, its statement (cut), the table, how many wait for it. Cost: reads of the table of locks; only asked while somebody waits.
SELECT holder.pid, coalesce(holder.usename, ''), coalesce(holder.application_name, ''), coalesce(holder.state, ''), left(holder.query, 120),
    coalesce(max(l.relation::regclass::text), ''), count(DISTINCT waiting.pid)
FROM pg_stat_activity AS waiting CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
JOIN pg_stat_activity AS holder ON holder.pid = blocking.pid
LEFT JOIN pg_locks AS l ON l.pid = waiting.pid AND l.locktype = 'tuple'
WHERE waiting.usename = %(role)s AND waiting.wait_event_type = 'Lock' AND holder.wait_event_type IS DISTINCT FROM 'Lock'
GROUP BY 1, 2, 3, 4, 5 ORDER BY 7 DESC LIMIT 3
