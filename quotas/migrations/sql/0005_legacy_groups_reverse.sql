DROP TRIGGER IF EXISTS legacy_group_has_no_limits ON ontology_legacyrow;
DROP FUNCTION IF EXISTS quotas_legacy_group_made();
