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
