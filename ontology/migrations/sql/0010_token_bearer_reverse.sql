DROP FUNCTION ontology_token_bearer(bytea);
