"""Much that was kept of the database: a day of samples, and as many slow statements, samples of statements and acts of maintenance as one likes."""

from django.db import connection

SAMPLES = """
INSERT INTO monitoring_databasesample (taken_at, seconds, connections, active, idle_in_transaction, connections_max, oldest_idle_seconds,
    oldest_transaction_seconds, transactions, rollbacks, blocks_hit, blocks_read, deadlocks, slow_statements, size_bytes, wraparound_percent, raw)
SELECT now() - n * interval '1 minute', 60, 20 + (30 * (1 + sin(n / 90.0)))::int, n %% 7, n %% 3, 197, 0, n %% 5, 600 + n %% 400, n %% 9,
    90000 + n %% 9000, n %% 2000, 0, n %% 4, 54000000 + n, 0.2, '{}'
FROM generate_series(2, %(minutes)s) AS n
"""
STATEMENTS = """
INSERT INTO monitoring_statement (query_id, text)
SELECT n, 'SELECT "ontology_thing"."id", "ontology_thing"."name" FROM "ontology_thing" WHERE ("ontology_thing"."group_id" = $1 AND "ontology_thing"."type" = $2)'
    || ' ORDER BY "ontology_thing"."created_at" DESC LIMIT ' || n
FROM generate_series(1, 500) AS n ON CONFLICT DO NOTHING
"""
STATEMENT_SAMPLES = """
INSERT INTO monitoring_statementsample (taken_at, seconds, query_id, calls, total_ms, rows, blocks_hit, blocks_read)
SELECT now() - (n / 500 + 1) * interval '1 minute', 60, 1 + n %% 500, 1 + n %% 90, 1 + (n * 7919) %% 5000 / 10.0, n %% 100, n %% 5000, n %% 70
FROM generate_series(0, %(samples)s - 1) AS n
"""
SLOW = """
INSERT INTO monitoring_slowstatement (at, duration_ms, level, text, caller, group_slug)
SELECT date_trunc('day', now()) + (now() - date_trunc('day', now())) * n / %(slow)s, it.ms,
    CASE WHEN it.ms >= 1000 THEN 'emergency' WHEN it.ms >= 500 THEN 'critical' ELSE 'warning' END,
    'SELECT count(*) FROM ontology_event WHERE group_id = %%s AND type = ANY(%%s) AND created_at > %%s',
    'GET api/v1/groups/<slug:slug>/' || (ARRAY['things', 'events', 'connections'])[1 + n %% 3] || '/', 'group-' || n %% 40
FROM generate_series(1, %(slow)s) AS n, LATERAL (SELECT 100 + (n * 7919) %% 1400 AS ms) AS it
"""
REST = """
INSERT INTO monitoring_maintenance (kind, target, started_at, took_ms, bytes_before, bytes_after, dead_before, dead_after, outcome, detail)
SELECT (ARRAY['analyze', 'vacuum', 'reindex', 'vacuum_full'])[1 + n %% 4], 'ontology_event_2026_' || lpad((1 + n %% 12)::text, 2, '0'),
    now() - n * interval '1 minute', 20 + n %% 9000, 9000000 + n, 8000000, 900, 0, (ARRAY['done', 'skipped', 'busy', 'failed'])[1 + n %% 4],
    CASE n %% 4 WHEN 0 THEN '' WHEN 1 THEN 'Outside the window of 2:00 to 5:00 UTC.' ELSE 'canceling statement due to lock timeout' END
FROM generate_series(1, %(maintenance)s) AS n
"""
REPEATED = """
INSERT INTO monitoring_repeatedstatement (caller, fingerprint, text, times_max, seen, total_ms)
SELECT 'GET admin/ontology/thing/' || n, md5(n::text), 'SELECT "ontology_group"."id" FROM "ontology_group" WHERE "ontology_group"."id" = %%s',
    20 + n %% 300, n, n * 1.5
FROM generate_series(1, %(repeated)s) AS n
"""
COSTS = """
INSERT INTO monitoring_groupcost (day, group_slug, statements, total_ms)
SELECT current_date - n %% 30, 'group-' || n %% 40, n * 17, n * 31.5 FROM generate_series(1, %(costs)s) AS n ON CONFLICT DO NOTHING
"""


def history_plant(
    *, minutes: int = 1_440, samples: int = 3_000, slow: int = 300, maintenance: int = 60, repeated: int = 30, costs: int = 120
) -> None:
    """So many rows of each kind, those of slow statements all of today."""
    told = {"minutes": minutes, "samples": samples, "slow": slow, "maintenance": maintenance, "repeated": repeated, "costs": costs}
    with connection.cursor() as cursor:
        cursor.execute("SELECT monitoring_slow_day_make(current_date)")
        for text in (SAMPLES, STATEMENTS, STATEMENT_SAMPLES, SLOW, REST, REPEATED, COSTS):
            cursor.execute(text, told if "%(" in text else None)
