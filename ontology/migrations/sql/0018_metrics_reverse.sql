DROP FUNCTION ontology_knowledge_nearest(uuid, vector, text, text[], text[], integer);
DROP FUNCTION ontology_group_api_calls(uuid, timestamptz);
DROP FUNCTION ontology_group_storage_bytes(uuid);
DROP FUNCTION ontology_event_revenue(jsonb, text, jsonb);
