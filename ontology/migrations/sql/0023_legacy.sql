-- What migration knows, and quarantine: the platform's alone, since they hold rows of no group and of any.
CREATE FUNCTION ontology_isolate_platform(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY rows_of_platform ON %s USING ((SELECT ontology_acting_everywhere()))', target);
    EXECUTE format('CREATE POLICY owner_passes ON %s TO CURRENT_USER USING (true)', target);
END $$;
SELECT ontology_isolate_platform('ontology_legacyrow');
SELECT ontology_isolate_platform('ontology_quarantinedrow');

-- The name under which the catalogue may hold a legacy type: in snake case; one that is so already stays.
CREATE FUNCTION ontology_legacy_word(told text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(regexp_replace(regexp_replace(lower(told), '[^a-z0-9_]+', '_', 'g'), '^([^a-z]|$)', 'x\1'), 100)
$$;
-- JSON of a legacy row as an object: what is none stands under _legacy; what else was TOLD stands there too, or beside it.
CREATE FUNCTION ontology_legacy_merged(value jsonb, told jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) <> 'object' THEN jsonb_build_object('_legacy', value) || CASE told WHEN '{}' THEN '{}' ELSE jsonb_build_object('_legacyFields', told) END
        WHEN told = '{}' THEN value
        WHEN jsonb_typeof(value -> '_legacy') = 'object' THEN value || jsonb_build_object('_legacy', value -> '_legacy' || told)
        WHEN value ? '_legacy' THEN value || jsonb_build_object('_legacyFields', told)
        ELSE value || jsonb_build_object('_legacy', told)
    END
$$;

-- As before, and what migration knows besides: without it a join of a freshly loaded export is planned for a table of a few rows.
CREATE OR REPLACE FUNCTION ontology_tables_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    ANALYZE public.ontology_thing, public.ontology_connection, public.ontology_event, public.ontology_knowledge, public.ontology_thingknowledge,
        public.ontology_legacyrow;
END $$;
