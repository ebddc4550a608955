DROP FUNCTION IF EXISTS ontology_legacy_thing_assign(uuid, uuid);
