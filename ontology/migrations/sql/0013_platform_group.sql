-- group_of_platform_stays: the platform's own group keeps its slug and its place, so that nobody else's group is ever taken for it.
CREATE FUNCTION ontology_group_of_platform_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The group of the platform keeps its slug, lies below no other, and stays in use.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'group_of_platform_stays', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER group_of_platform_stays BEFORE UPDATE ON ontology_group FOR EACH ROW
    WHEN (OLD.slug = 'platform' AND (NEW.slug <> 'platform' OR NEW.parent_id IS NOT NULL OR NEW.status <> 'active'))
    EXECUTE FUNCTION ontology_group_of_platform_kept();
CREATE TRIGGER group_of_platform_is_never_deleted BEFORE DELETE ON ontology_group FOR EACH ROW
    WHEN (OLD.slug = 'platform') EXECUTE FUNCTION ontology_group_of_platform_kept();
