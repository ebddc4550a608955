DROP POLICY owner_passes ON ontology_notice;
DROP POLICY rows_of_acting_person ON ontology_notice;
DROP POLICY owner_passes ON ontology_runsample;
DROP POLICY rows_of_visible_runs ON ontology_runsample;
DROP POLICY owner_passes ON ontology_runline;
DROP POLICY rows_of_visible_runs ON ontology_runline;
