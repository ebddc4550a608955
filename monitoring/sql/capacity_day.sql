-- The numbers of one day (UTC), from the samples of it. Takes: day. Returns: metric, value; none of what was not sampled.
-- Cost: the samples of that day, by their indexes.
WITH span AS (
    SELECT %(day)s::date::timestamp AT TIME ZONE 'UTC' AS begins, (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC' AS ends
), server AS (
    SELECT it.* FROM monitoring_databasesample AS it, span WHERE it.taken_at >= span.begins AND it.taken_at < span.ends
), statements AS (
    -- Hours that were folded count as what they are: less of a peak.
    SELECT it.taken_at, sum(it.calls)::float8 / max(it.seconds) AS calls, sum(it.total_ms) / 1000 / max(it.seconds) AS busy
    FROM monitoring_statementsample AS it, span WHERE it.taken_at >= span.begins AND it.taken_at < span.ends GROUP BY it.taken_at
), relations AS (
    SELECT it.* FROM monitoring_relationsample AS it WHERE it.day = (SELECT max(day) FROM monitoring_relationsample
        WHERE day BETWEEN %(day)s::date AND %(day)s::date + 1)
), told (metric, value) AS (
    SELECT 'database_bytes', (SELECT size_bytes::float8 FROM server ORDER BY taken_at DESC LIMIT 1)
    UNION ALL SELECT 'table_bytes', (SELECT sum(size_bytes)::float8 FROM relations WHERE kind = 'table')
    UNION ALL SELECT 'index_bytes', (SELECT sum(size_bytes)::float8 FROM relations WHERE kind = 'index')
    UNION ALL SELECT named.metric, (SELECT it.rows::float8 FROM relations AS it WHERE it.kind = 'table' AND it.name = named.name)
    FROM (VALUES ('event_rows', 'ontology_event'), ('thing_rows', 'ontology_thing'), ('connection_rows', 'ontology_connection'),
        ('knowledge_rows', 'ontology_knowledge')) AS named (metric, name)
    UNION ALL SELECT 'statements_peak', (SELECT max(calls) FROM statements)
    UNION ALL SELECT 'busy_peak', (SELECT max(busy) FROM statements)
    UNION ALL SELECT 'sessions_peak', (SELECT max(connections)::float8 FROM server)
    UNION ALL SELECT 'cache_hit', (SELECT 100.0 * sum(blocks_hit) / nullif(sum(blocks_hit + blocks_read), 0) FROM server)::float8
    UNION ALL SELECT 'requests_peak', (SELECT max(hours.count) / 3600 FROM (
        SELECT sum(it.answered + it.refused + it.failed)::float8 AS count FROM monitoring_requesthour AS it, span
        WHERE it.hour >= span.begins AND it.hour < span.ends GROUP BY it.hour
    ) AS hours)
)
SELECT metric, value FROM told WHERE value IS NOT NULL
