-- Rules that no CHECK or key can say. Every error carries the rule's name as its constraint, as a CHECK's would.

-- group_is_not_its_own_ancestor: the tree of groups stays a tree. One change at a time (advisory lock); each ancestor is locked FOR SHARE on the
-- way up, so that a transaction with an old snapshot fails instead of missing a change.
CREATE FUNCTION ontology_group_tree_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ancestor uuid := NEW.parent_id;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('ontology_group_tree', 0));
    WHILE ancestor IS NOT NULL LOOP
        IF ancestor = NEW.id THEN
            RAISE EXCEPTION 'The group % cannot lie below itself.', NEW.slug
                USING ERRCODE = 'check_violation', CONSTRAINT = 'group_is_not_its_own_ancestor', TABLE = TG_TABLE_NAME;
        END IF;
        SELECT parent_id INTO ancestor FROM ontology_group WHERE id = ancestor FOR SHARE;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER group_is_not_its_own_ancestor AFTER INSERT OR UPDATE OF parent_id ON ontology_group
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION ontology_group_tree_checked();

-- row_is_touched: updated_at, and a thing's version, follow every change, whoever makes it.
CREATE FUNCTION ontology_row_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := statement_timestamp();
    RETURN NEW;
END $$;
CREATE FUNCTION ontology_thing_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := statement_timestamp();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_thing
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_thing_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_connection
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_knowledge
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_thingknowledge
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_group
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_person
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_membership
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_run
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_thingtype
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_connectiontype
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();
CREATE TRIGGER row_is_touched BEFORE UPDATE ON ontology_eventtype
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ontology_row_touched();

-- catalogue_type_is_kept: rows name their type, so a type is never deleted or renamed.
CREATE FUNCTION ontology_catalogue_type_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The type % cannot be deleted or renamed, because rows name it; switch it off instead.', OLD.name
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'catalogue_type_is_kept', TABLE = TG_TABLE_NAME;
END $$;
-- catalogue_version_follows: processes compile the catalogue anew when this number has grown.
CREATE FUNCTION ontology_catalogue_version_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ontology_catalogueversion AS v (id, number) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET number = v.number + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER catalogue_type_is_kept BEFORE DELETE ON ontology_thingtype FOR EACH ROW EXECUTE FUNCTION ontology_catalogue_type_kept();
CREATE TRIGGER catalogue_type_keeps_its_name BEFORE UPDATE OF name ON ontology_thingtype
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION ontology_catalogue_type_kept();
CREATE TRIGGER catalogue_version_follows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ontology_thingtype
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_catalogue_version_raised();
CREATE TRIGGER catalogue_type_is_kept BEFORE DELETE ON ontology_connectiontype FOR EACH ROW EXECUTE FUNCTION ontology_catalogue_type_kept();
CREATE TRIGGER catalogue_type_keeps_its_name BEFORE UPDATE OF name ON ontology_connectiontype
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION ontology_catalogue_type_kept();
CREATE TRIGGER catalogue_version_follows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ontology_connectiontype
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_catalogue_version_raised();
CREATE TRIGGER catalogue_type_is_kept BEFORE DELETE ON ontology_eventtype FOR EACH ROW EXECUTE FUNCTION ontology_catalogue_type_kept();
CREATE TRIGGER catalogue_type_keeps_its_name BEFORE UPDATE OF name ON ontology_eventtype
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION ontology_catalogue_type_kept();
CREATE TRIGGER catalogue_version_follows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ontology_eventtype
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_catalogue_version_raised();

-- event_group_exists, event_actor_in_group, event_target_in_group: checked when written and never again, so that events outlive things.
CREATE FUNCTION ontology_event_references_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    SELECT n.group_id INTO bad FROM (SELECT DISTINCT group_id FROM new_rows WHERE group_id IS NOT NULL) AS n
        WHERE NOT EXISTS (SELECT FROM ontology_group AS g WHERE g.id = n.group_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'An event names the group %, which does not exist.', bad.group_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_group_exists', TABLE = 'ontology_event';
    END IF;
    SELECT n.id, n.actor_id, n.group_id INTO bad FROM new_rows AS n
        LEFT JOIN ontology_thing AS t ON t.group_id = n.group_id AND t.id = n.actor_id
        WHERE n.group_id IS NOT NULL AND n.actor_id IS NOT NULL AND t.id IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'The actor % of event % is no thing of group %.', bad.actor_id, bad.id, bad.group_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_actor_in_group', TABLE = 'ontology_event';
    END IF;
    SELECT n.id, n.target_id, n.group_id INTO bad FROM new_rows AS n
        LEFT JOIN ontology_thing AS t ON t.group_id = n.group_id AND t.id = n.target_id
        WHERE n.group_id IS NOT NULL AND n.target_id IS NOT NULL AND t.id IS NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'The target % of event % is no thing of group %.', bad.target_id, bad.id, bad.group_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_target_in_group', TABLE = 'ontology_event';
    END IF;
    RETURN NULL;
END $$;

-- event_is_append_only: only a recorded decision (archival, retention, erasure, migration) changes or removes events; it says so in
-- the setting sextant.event_decision, for its transaction.
CREATE FUNCTION ontology_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('sextant.event_decision', true), '') NOT IN ('archival', 'retention', 'erasure', 'migration') THEN
        RAISE EXCEPTION 'Events are append-only: % is refused.', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'event_is_append_only', TABLE = 'ontology_event';
    END IF;
    RETURN NULL;
END $$;

-- Triggers of statements fire for the table they are written to alone, so the table and each partition get the same three.
CREATE FUNCTION ontology_event_triggers_make(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER event_references_in_group AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_references_checked()', target);
    EXECUTE format('CREATE TRIGGER event_references_stay_in_group AFTER UPDATE ON %s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_references_checked()', target);
    EXECUTE format('CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_append_only()', target);
END $$;
SELECT ontology_event_triggers_make('ontology_event');

-- event_references_follow_thing: a thing that changes its group must have taken its events along by the end of the transaction.
CREATE FUNCTION ontology_thing_move_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ontology_event WHERE group_id = OLD.group_id AND actor_id = OLD.id)
        OR EXISTS (SELECT FROM ontology_event WHERE group_id = OLD.group_id AND target_id = OLD.id) THEN
        RAISE EXCEPTION 'The thing % left group %, but events of that group name it.', OLD.id, OLD.group_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_references_follow_thing', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER event_references_follow_thing AFTER UPDATE OF group_id ON ontology_thing
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.group_id IS DISTINCT FROM NEW.group_id AND OLD.group_id IS NOT NULL)
    EXECUTE FUNCTION ontology_thing_move_checked();

-- Makes the partition of the month that MOMENT lies in (UTC), if it is missing; returns whether it made one. The table is made apart and
-- attached, because ATTACH lets readers and writers of the other months go on (SHARE UPDATE EXCLUSIVE), CREATE … PARTITION OF does not.
CREATE FUNCTION ontology_event_partition_make(moment timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    first_day timestamptz := date_trunc('month', moment, 'UTC');
    next_day timestamptz := (date_trunc('month', moment AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    partition text := 'ontology_event_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('ontology_event_partition', 0));
    -- Another session may have made it while this one waited. pg_class is read anew; to_regclass would answer from what this session remembers.
    IF EXISTS (SELECT FROM pg_class WHERE relname = partition AND relnamespace = current_schema()::regnamespace) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE ontology_event INCLUDING ALL,
        CONSTRAINT event_month CHECK ("timestamp" IS NOT NULL AND "timestamp" >= %L AND "timestamp" < %L))', partition, first_day, next_day);
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (group_id, external_id) WHERE external_id IS NOT NULL', partition || '_external_id', partition);
    PERFORM ontology_event_triggers_make(partition::regclass);
    EXECUTE format('ALTER TABLE ontology_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, first_day, next_day);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT event_month', partition);
    RETURN true;
END $$;
