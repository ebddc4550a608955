-- What is wrong with the role that asks, with its rights, with the policies and with the functions behind them.
-- Takes and returns: takes nothing; returns a code and a sentence for each fault. Cost: some ten reads of the system catalog, a few ms.
WITH me AS (
    SELECT * FROM pg_roles WHERE rolname = current_user
), owner AS (
    SELECT relowner AS oid FROM pg_class WHERE oid = 'public.ontology_group'::regclass
), partition AS (
    SELECT inhrelid AS oid FROM pg_inherits WHERE inhparent = 'public.ontology_event'::regclass
), tenant AS (
    -- Every table with a group's id, and the few whose rows belong to a group or a person in another way.
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity,
        CASE c.relname WHEN 'ontology_group' THEN 'id' ELSE 'group_id' END AS group_column
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.oid NOT IN (SELECT oid FROM partition)
        AND (c.relname IN ('ontology_group', 'ontology_idempotencykey', 'ontology_runreject', 'ontology_runline', 'ontology_runsample', 'ontology_notice',
            'ontology_legacyrow', 'ontology_quarantinedrow', 'ontology_migrationmark') OR EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = 'group_id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
        ))
), policy AS (
    SELECT p.polrelid, p.polname, p.polcmd, p.polpermissive, p.polroles, p.polwithcheck IS NULL AS checks_by_using,
        regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g') AS expression
    FROM pg_policy AS p WHERE p.polrelid IN (SELECT oid FROM tenant)
), expected (relname, polname, expression) AS (
    SELECT relname, 'rows_of_acting_groups', '((' || group_column || ' = ANY (( SELECT ontology_acting_groups() AS ontology_acting_groups)::uuid[]))'
        || ' OR ( SELECT ontology_acting_everywhere() AS ontology_acting_everywhere))'
    FROM tenant
    WHERE relname NOT IN ('ontology_idempotencykey', 'ontology_runreject', 'ontology_runline', 'ontology_runsample', 'ontology_notice',
        'ontology_legacyrow', 'ontology_quarantinedrow', 'ontology_migrationmark')
    UNION ALL SELECT relname, 'rows_of_platform', '( SELECT ontology_acting_everywhere() AS ontology_acting_everywhere)' FROM tenant
    WHERE relname IN ('ontology_legacyrow', 'ontology_quarantinedrow', 'ontology_migrationmark')
    UNION ALL SELECT relname, 'owner_passes', 'true' FROM tenant
    UNION ALL SELECT 'ontology_apitoken', 'rows_of_acting_person', '(person_id = ( SELECT ontology_acting_person() AS ontology_acting_person))'
    UNION ALL SELECT relname, 'rows_of_acting_person', '((person_id = ( SELECT ontology_acting_person() AS ontology_acting_person))'
        || ' OR ( SELECT ontology_acting_everywhere() AS ontology_acting_everywhere))'
    FROM tenant WHERE relname IN ('ontology_idempotencykey', 'ontology_notice')
    UNION ALL SELECT relname, 'rows_of_visible_runs', '(run_id IN ( SELECT ontology_run.id FROM ontology_run))'
    FROM tenant WHERE relname IN ('ontology_runreject', 'ontology_runline', 'ontology_runsample')
), definer (signature) AS (
    VALUES ('ontology_claims(text)'), ('ontology_group_reach(text,text)'), ('ontology_person_reach(text,uuid)'),
        ('ontology_things_named_like(text,uuid,text[],integer)'), ('ontology_groups_named_like(text,integer)'),
        ('ontology_knowledge_nearest(uuid,vector,text,text[],text[],integer)'), ('ontology_event_partition_make(timestamptz)'), ('ontology_token_bearer(bytea)'), ('ontology_tables_analyze()'),
        ('ontology_run_events_take(uuid,uuid,uuid[])'), ('ontology_legacy_thing_assign(uuid,uuid)')
)
SELECT 'E001', format('The role %s is a superuser, whom no policy binds.', rolname) FROM me WHERE rolsuper
UNION ALL
SELECT 'E002', format('The role %s bypasses row-level security.', rolname) FROM me WHERE rolbypassrls
UNION ALL
SELECT 'E003', format('The role %s is the owner of the tables, or may become it.', me.rolname) FROM me, owner
WHERE NOT me.rolsuper AND pg_has_role(me.oid, owner.oid, 'MEMBER')
UNION ALL
SELECT 'E003', format('The role %s may become %s, whom no policy binds.', me.rolname, other.rolname) FROM me, pg_roles AS other, owner
WHERE NOT me.rolsuper AND other.oid NOT IN (me.oid, owner.oid) AND (other.rolsuper OR other.rolbypassrls) AND pg_has_role(me.oid, other.oid, 'MEMBER')
UNION ALL
SELECT 'E004', format('The role %s may make roles or databases, or replicate.', rolname) FROM me
WHERE NOT rolsuper AND (rolcreaterole OR rolcreatedb OR rolreplication)
UNION ALL
SELECT 'E005', format('The table %s has rows of groups and no row-level security.', relname) FROM tenant WHERE NOT relrowsecurity
UNION ALL
SELECT 'E006', format('The table %s does not force its row-level security.', relname) FROM tenant WHERE relrowsecurity AND NOT relforcerowsecurity
UNION ALL
SELECT 'E007', format('The policy %s of table %s is missing or is not as it was made.', expected.polname, tenant.relname)
FROM expected JOIN tenant USING (relname) CROSS JOIN owner
WHERE tenant.relrowsecurity AND NOT EXISTS (
    SELECT FROM policy
    WHERE policy.polrelid = tenant.oid AND policy.polname = expected.polname AND policy.expression = expected.expression
        AND policy.polcmd = '*' AND policy.polpermissive AND policy.checks_by_using
        AND policy.polroles = CASE expected.polname WHEN 'owner_passes' THEN ARRAY[owner.oid] ELSE ARRAY[0::oid] END
)
UNION ALL
SELECT 'E007', format('The table %s has a policy %s that does not belong there.', tenant.relname, policy.polname)
FROM policy JOIN tenant ON tenant.oid = policy.polrelid
WHERE policy.polpermissive AND NOT EXISTS (SELECT FROM expected WHERE expected.relname = tenant.relname AND expected.polname = policy.polname)
UNION ALL
SELECT 'E008', format('The role %s has rights on the partition %s, where no policy of its table counts.', me.rolname, partition.oid::regclass)
FROM me, partition WHERE NOT me.rolsuper AND has_table_privilege(me.oid, partition.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
UNION ALL
SELECT 'E009', format('The role %s may empty the table %s, or hang triggers and keys on it.', me.rolname, tenant.relname)
FROM me, tenant, owner WHERE NOT pg_has_role(me.oid, owner.oid, 'MEMBER') AND has_table_privilege(me.oid, tenant.oid, 'TRUNCATE, REFERENCES, TRIGGER')
UNION ALL
SELECT 'E009', format('The role %s may change or delete events.', me.rolname)
FROM me, owner WHERE NOT pg_has_role(me.oid, owner.oid, 'MEMBER') AND has_table_privilege(me.oid, 'public.ontology_event', 'UPDATE, DELETE')
UNION ALL
SELECT 'E010', format('The role %s may read or change the keys that seal scopes.', me.rolname)
FROM me, owner WHERE NOT pg_has_role(me.oid, owner.oid, 'MEMBER')
    AND has_table_privilege(me.oid, 'public.ontology_context_key', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
UNION ALL
SELECT 'E011', format('The function %s is missing, or does not run as the owner of the tables with a search path of its own.', definer.signature)
FROM definer CROSS JOIN owner LEFT JOIN pg_proc AS p ON p.oid = to_regprocedure('public.' || definer.signature)
WHERE p.oid IS NULL OR NOT p.prosecdef OR p.proowner <> owner.oid
    OR NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (p.proconfig), false)
UNION ALL
SELECT 'E012', format('The role %s may make functions and tables in the schema public.', me.rolname)
FROM me, owner WHERE NOT pg_has_role(me.oid, owner.oid, 'MEMBER') AND has_schema_privilege(me.oid, 'public', 'CREATE')
