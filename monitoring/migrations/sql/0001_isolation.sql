-- Rows of groups; those without one are the platform's, seen by those who act everywhere.
SELECT ontology_isolate('monitoring_alert');
SELECT ontology_isolate('monitoring_channel');
SELECT ontology_isolate('monitoring_delivery');
SELECT ontology_isolate('monitoring_attempt');
CREATE TRIGGER row_is_touched BEFORE UPDATE ON monitoring_alert 
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
