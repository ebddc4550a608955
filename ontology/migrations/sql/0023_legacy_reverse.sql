DROP POLICY IF EXISTS rows_of_platform ON ontology_legacyrow;
DROP POLICY IF EXISTS owner_passes ON ontology_legacyrow;
DROP POLICY IF EXISTS rows_of_platform ON ontology_quarantinedrow;
DROP POLICY IF EXISTS owner_passes ON ontology_quarantinedrow;
DROP FUNCTION IF EXISTS ontology_isolate_platform(regclass);
