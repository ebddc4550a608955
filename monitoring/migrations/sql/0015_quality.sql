-- Rows of groups; those without one are the platform's, seen by those who act everywhere.
SELECT ontology_isolate('monitoring_dataqualitysnapshot');
SELECT ontology_isolate('monitoring_qualitythreshold');
SELECT ontology_isolate('monitoring_weeklyreport');
SELECT ontology_isolate('monitoring_finding');
SELECT ontology_isolate('monitoring_repairedrow');
CREATE TRIGGER row_is_touched BEFORE UPDATE ON monitoring_finding
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON monitoring_qualitythreshold
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
