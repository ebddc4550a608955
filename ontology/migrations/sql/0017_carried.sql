SELECT ontology_isolate('ontology_custommetric');
SELECT ontology_isolate('ontology_carriedevents');
SELECT ontology_isolate('ontology_carriedtargets');
SELECT ontology_isolate('ontology_carriedmetric');

-- A custom metric answers by what it asks now: what was carried for another formula goes, and `formula_since` tells which cold events were not asked.
-- The lock makes a definition and the carrying of events follow each other, so that none falls between.
CREATE FUNCTION ontology_custom_metric_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.event_type, NEW.path, NEW.path_values, NEW.sum_key) IS NOT DISTINCT FROM
        (OLD.event_type, OLD.path, OLD.path_values, OLD.sum_key) THEN
        NEW.formula_since := OLD.formula_since;
    ELSE
        PERFORM pg_advisory_xact_lock(hashtextextended('ontology_custom_metrics', 0));
        NEW.formula_since := clock_timestamp();
        DELETE FROM ontology_carriedmetric WHERE group_id = NEW.group_id AND metric_id = NEW.id;
    END IF;
    NEW.updated_at := statement_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER custom_metric_answers_by_its_formula BEFORE INSERT OR UPDATE ON ontology_custommetric
    FOR EACH ROW EXECUTE FUNCTION ontology_custom_metric_kept();
