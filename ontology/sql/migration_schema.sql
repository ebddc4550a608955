-- The state of the schema. Takes: nothing. Returns: app, its last migration. Cost: a read of a small table.
SELECT app, max(name) FROM django_migrations WHERE app IN ('ontology', 'quotas') GROUP BY app ORDER BY app
