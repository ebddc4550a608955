-- Puts an empty table of the session in front of what migration knows, so that deciding writes nothing that lasts. Takes and returns nothing.
CREATE TEMPORARY TABLE ontology_legacyrow (LIKE public.ontology_legacyrow INCLUDING DEFAULTS INCLUDING INDEXES) ON COMMIT DROP
