DROP POLICY IF EXISTS rows_of_platform ON ontology_legacyrow;
DROP POLICY IF EXISTS owner_passes ON ontology_legacyrow;
DROP POLICY IF EXISTS rows_of_platform ON ontology_quarantinedrow;
DROP POLICY IF EXISTS owner_passes ON ontology_quarantinedrow;
DROP FUNCTION IF EXISTS ontology_isolate_platform(regclass);
DROP FUNCTION IF EXISTS ontology_legacy_word(text);
DROP FUNCTION IF EXISTS ontology_legacy_merged(jsonb, jsonb);
CREATE OR REPLACE FUNCTION ontology_tables_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    ANALYZE public.ontology_thing, public.ontology_connection, public.ontology_event, public.ontology_knowledge;
END $$;
