DROP FUNCTION ontology_person_reach(uuid, uuid, boolean);
DROP FUNCTION ontology_group_reach(uuid, text);
