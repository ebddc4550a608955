-- Puts everything in place: policies, rights, triggers, and the first count of what is there.
SELECT ontology_isolate('quotas_pending');
SELECT ontology_isolate('quotas_usage');
SELECT ontology_isolate('quotas_delta');
SELECT ontology_isolate('quotas_callslot');
SELECT ontology_isolate('quotas_callwindow');
SELECT ontology_isolate('quotas_record');
SELECT ontology_isolate('quotas_crossing');
SELECT ontology_isolate('quotas_drift');
SELECT ontology_isolate('quotas_subscription');
SELECT ontology_isolate('quotas_override');
ALTER TABLE quotas_usage SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
ALTER TABLE quotas_callslot SET (fillfactor = 50);

-- usage_holds_reservations: what unfinished runs may still add is held for them. A chunk that lowers `reserved` by what it writes changes nothing in
-- sum; a run that ends reserves nothing (run_ended_reserves_nothing), so what it did not use is free again.
CREATE FUNCTION quotas_reservation_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM quotas_pend_one(b.group_id, b.metric, '', 0, sum(b.held)::bigint) FROM (
        SELECT NEW.group_id, r.key AS metric, r.value::bigint AS held FROM jsonb_each_text(CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE NEW.reserved END) AS r
        UNION ALL
        SELECT OLD.group_id, r.key, -r.value::bigint FROM jsonb_each_text(CASE TG_OP WHEN 'INSERT' THEN '{}' ELSE OLD.reserved END) AS r
    ) AS b WHERE b.group_id IS NOT NULL AND b.metric IN ('entities_total', 'connections_total', 'storage_gb', 'users') GROUP BY b.group_id, b.metric;
    RETURN NULL;
END $$;
CREATE TRIGGER usage_holds_new_reservations AFTER INSERT ON ontology_run
    FOR EACH ROW WHEN (NEW.reserved <> '{}') EXECUTE FUNCTION quotas_reservation_changed();
CREATE TRIGGER usage_holds_reservations AFTER UPDATE ON ontology_run
    FOR EACH ROW WHEN (OLD.reserved <> NEW.reserved OR OLD.group_id IS DISTINCT FROM NEW.group_id) EXECUTE FUNCTION quotas_reservation_changed();
CREATE TRIGGER usage_frees_reservations AFTER DELETE ON ontology_run
    FOR EACH ROW WHEN (OLD.reserved <> '{}') EXECUTE FUNCTION quotas_reservation_changed();

INSERT INTO quotas_subscription (group_id, plan_id) SELECT id, 'enterprise' FROM ontology_group WHERE slug IN ('platform', 'legacy') AND parent_id IS NULL;
SELECT quotas_meter('ontology_thing', 'quotas_things_counted');
SELECT quotas_meter('ontology_connection', 'quotas_connections_counted');
SELECT quotas_meter('ontology_knowledge', 'quotas_knowledge_counted');
SELECT quotas_meter('ontology_membership', 'quotas_members_counted');
SELECT quotas_meter('quotas_record', 'quotas_records_counted');
SELECT quotas_usage_open(g.id, m.metric, '', clock_timestamp()) FROM ontology_group AS g,
    unnest(ARRAY['users', 'storage_gb', 'entities_total', 'connections_total', 'events_retention_days']) AS m (metric);
UPDATE quotas_usage AS u SET value = c.counted
    FROM quotas_counted(NULL) AS c WHERE c.group_id = u.group_id AND c.metric = u.metric AND u.subject = '' AND u.period = 'total';
