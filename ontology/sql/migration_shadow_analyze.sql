-- Tells the planner what is in the session's own table. Takes and returns nothing.
ANALYZE pg_temp.ontology_legacyrow
