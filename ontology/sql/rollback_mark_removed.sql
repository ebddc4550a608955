-- Marks this transaction as a rollback's: the keys of the rows that it removes, so that it can be taken back itself. One mark a table.
-- Takes: run, name (of the table). Returns nothing. Cost: that of these rows.
INSERT INTO ontology_migrationmark (id, run_id, step, removed)
SELECT gen_random_uuid(), %(run)s, 'rollback', coalesce(array_agg(%(name)s || ' ' || {plan_text}), '{{}}') FROM {plan} AS p WHERE p.act = 'delete'
