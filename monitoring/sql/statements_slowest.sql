-- The statements that took most, of the samples since a moment. Takes: since, how_many, by ('total' or 'mean').
-- Returns: query_id, text, calls, total ms, mean ms, rows, blocks hit, blocks read. Cost: the samples of that span.
SELECT it.query_id, coalesce(told.text, '(text not visible)'), it.calls, it.total_ms, it.total_ms / it.calls, it.rows, it.blocks_hit, it.blocks_read
FROM (
    SELECT query_id, sum(calls)::bigint AS calls, sum(total_ms) AS total_ms, sum(rows)::bigint AS rows,
        sum(blocks_hit)::bigint AS blocks_hit, sum(blocks_read)::bigint AS blocks_read
    FROM monitoring_statementsample WHERE taken_at > %(since)s GROUP BY query_id
) AS it
LEFT JOIN monitoring_statement AS told USING (query_id)
ORDER BY CASE WHEN %(by)s = 'mean' THEN it.total_ms / it.calls ELSE it.total_ms END DESC LIMIT %(how_many)s
