-- A run's log, rate and notices are seen by whoever sees the run; a notice by its person too.
ALTER TABLE ontology_runline ENABLE ROW LEVEL SECURITY;
ALTER TABLE ontology_runline FORCE ROW LEVEL SECURITY;
CREATE POLICY rows_of_visible_runs ON ontology_runline USING (run_id IN (SELECT id FROM ontology_run));
CREATE POLICY owner_passes ON ontology_runline TO CURRENT_USER USING (true);
ALTER TABLE ontology_runsample ENABLE ROW LEVEL SECURITY;
ALTER TABLE ontology_runsample FORCE ROW LEVEL SECURITY;
CREATE POLICY rows_of_visible_runs ON ontology_runsample USING (run_id IN (SELECT id FROM ontology_run));
CREATE POLICY owner_passes ON ontology_runsample TO CURRENT_USER USING (true);
ALTER TABLE ontology_notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE ontology_notice FORCE ROW LEVEL SECURITY;
CREATE POLICY rows_of_acting_person ON ontology_notice
    USING (person_id = (SELECT ontology_acting_person()) OR (SELECT ontology_acting_everywhere()));
CREATE POLICY owner_passes ON ontology_notice TO CURRENT_USER USING (true);
