DROP FUNCTION ontology_token_bearer_read(bytea);
DROP FUNCTION ontology_person_written(uuid);
DROP FUNCTION ontology_person_wrote(uuid);
