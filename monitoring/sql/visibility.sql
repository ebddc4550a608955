-- What of the server and of the application's tables is hidden from the present role. Takes nothing.
-- Returns one row: sessions of others whose doings are hidden, sequences whose value is, tables that may not be read (parts of partitioned ones count as
-- those), tables that may not be maintained, whether bloat may be measured, whether replicas are shown, the role. Cost: the catalog and the sessions.
SELECT (SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'),
    (SELECT count(*) FROM pg_sequences AS s
        WHERE s.schemaname = 'public' AND NOT has_sequence_privilege(format('%%I.%%I', s.schemaname, s.sequencename), 'SELECT, USAGE')),
    (SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname NOT IN ('ontology_context_key', 'quotas_pending') -- which nobody but their owner ever reads
        AND NOT has_any_column_privilege(c.oid, 'SELECT')),
    (SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT has_table_privilege(c.oid, 'MAINTAIN')),
    coalesce((SELECT bool_and(has_function_privilege(p.oid, 'EXECUTE')) FROM pg_proc AS p WHERE p.proname IN ('pgstattuple_approx', 'pgstatindex')), false),
    pg_has_role('pg_read_all_stats', 'USAGE'), quote_ident(current_user)
