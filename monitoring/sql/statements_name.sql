-- Keeps the texts of statements that have none yet. Takes: query_ids. Returns nothing. Cost: one read of pg_stat_statements with its texts.
INSERT INTO monitoring_statement (query_id, text)
SELECT DISTINCT ON (queryid) queryid, left(query, 20000) FROM pg_stat_statements(true)
WHERE queryid = ANY (%(query_ids)s) AND query IS NOT NULL ORDER BY queryid
ON CONFLICT (query_id) DO UPDATE SET text = excluded.text
