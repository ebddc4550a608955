-- legacy_group_has_no_limits: a group that comes from the old platform has its rows already, so it begins without limits; staff put it on its plan.
-- Only the platform writes what migration knows, so nobody gives themselves a plan this way.
CREATE FUNCTION quotas_legacy_group_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO quotas_subscription (group_id, plan_id)
        SELECT g.id, p.name FROM ontology_group AS g, quotas_plan AS p WHERE g.id = NEW.row_id AND p.name = 'enterprise'
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER legacy_group_has_no_limits AFTER INSERT ON ontology_legacyrow
    FOR EACH ROW WHEN (NEW.kind = 'group') EXECUTE FUNCTION quotas_legacy_group_made();
