DROP FUNCTION ontology_person_reach(text, uuid);
DROP FUNCTION ontology_group_reach(text, text);
DROP FUNCTION ontology_claims(text);
DROP TABLE ontology_context_key;
