-- Copies what migration knows into the session's own table. Takes and returns nothing. Cost: that of the rows.
INSERT INTO pg_temp.ontology_legacyrow SELECT * FROM public.ontology_legacyrow
