DROP FUNCTION ontology_group_of_platform_kept() CASCADE;
