-- Days (UTC) on which migrations were applied: a release came. Takes: since, until. Returns: day, migrations. Cost: a read of a small table.
SELECT (applied AT TIME ZONE 'UTC')::date, count(*) FROM django_migrations WHERE applied BETWEEN %(since)s AND %(until)s GROUP BY 1 ORDER BY 1
