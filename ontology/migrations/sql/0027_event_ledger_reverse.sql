DROP FUNCTION ontology_event_partition_drop(timestamptz, integer);
DROP FUNCTION ontology_events_accepted_fold();
DO $$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT tgname, tgrelid::regclass AS name FROM pg_trigger WHERE tgname LIKE 'events\_accepted\_%' LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', it.tgname, it.name);
    END LOOP;
END $$;
DROP FUNCTION ontology_events_accepted_counted();
CREATE OR REPLACE FUNCTION ontology_event_references_checked() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION ontology_events_move();
CREATE OR REPLACE FUNCTION ontology_event_triggers_make(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER event_references_in_group AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_references_checked()', target);
    EXECUTE format('CREATE TRIGGER event_references_stay_in_group AFTER UPDATE ON %s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_references_checked()', target);
    EXECUTE format('CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_append_only()', target);
END $$;
CREATE OR REPLACE FUNCTION ontology_event_partition_make(moment timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first_day timestamptz := date_trunc('month', moment, 'UTC');
    next_day timestamptz := (date_trunc('month', moment AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    partition text := 'ontology_event_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass('public.' || quote_ident(partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF moment NOT BETWEEN '1970-01-01Z' AND statement_timestamp() + interval '10 years' THEN
        RAISE EXCEPTION 'No event may lie in the month of %.', moment
            USING ERRCODE = 'check_violation', CONSTRAINT = 'event_timestamp_is_since_1970', TABLE = 'ontology_event';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('ontology_event_partition', 0));
    -- Another session may have made it while this one waited. pg_class is read anew; to_regclass would answer from what this session remembers.
    IF EXISTS (SELECT FROM pg_class WHERE relname = partition AND relnamespace = 'public'::regnamespace) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.ontology_event INCLUDING ALL,
        CONSTRAINT event_month CHECK ("timestamp" IS NOT NULL AND "timestamp" >= %L AND "timestamp" < %L))', partition, first_day, next_day);
    EXECUTE format('CREATE UNIQUE INDEX %I ON public.%I (group_id, external_id) WHERE external_id IS NOT NULL',
        partition || '_external_id', partition);
    PERFORM public.ontology_partition_close(format('public.%I', partition)::regclass);
    PERFORM public.ontology_event_triggers_make(format('public.%I', partition)::regclass);
    EXECUTE format('ALTER TABLE public.ontology_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', partition, first_day, next_day);
    EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT event_month', partition);
    RETURN true;
END $$;
