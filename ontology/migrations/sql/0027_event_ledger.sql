-- Triggers of events hang on the table and on each partition. A partition takes over whatever hangs on the table, so that a migration that adds
-- one to the table and to the partitions there are has done all.
CREATE OR REPLACE FUNCTION ontology_event_triggers_make(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    model record;
BEGIN
    FOR model IN
        SELECT t.tgname, pg_get_triggerdef(t.oid) AS definition FROM pg_trigger AS t
        WHERE t.tgrelid = 'public.ontology_event'::regclass AND NOT t.tgisinternal
            -- Triggers of statements; PostgreSQL itself clones those of rows.
            AND t.tgtype & 1 = 0
            AND NOT EXISTS (SELECT FROM pg_trigger AS there WHERE there.tgrelid = target AND there.tgname = t.tgname)
    LOOP
        EXECUTE replace(model.definition, ' ON public.ontology_event ', format(' ON %s ', target));
    END LOOP;
END $$;

-- Whether a statement moves events between hot and cold, which no client may say: the setting alone anyone may set.
CREATE FUNCTION ontology_events_move() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('sextant.event_decision', true), '') = 'archival'
        AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'public.ontology_event'::regclass)
$$;

-- event_references_checked as before, save for events that come back from cold storage: they were checked when they were written, and outlive things.
CREATE OR REPLACE FUNCTION ontology_event_references_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad record;
BEGIN
    IF ontology_events_move() THEN
        RETURN NULL;
    END IF;
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

-- events_accepted_are_counted: the ledger follows every statement that adds events, and every migration or undoing that moves or takes them back.
CREATE FUNCTION ontology_events_accepted_counted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('sextant.event_decision', true), '') = 'archival' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ontology_eventsaccepted (group_id, month, count)
        SELECT group_id, date_trunc('month', "timestamp" AT TIME ZONE 'UTC')::date, count(*) FROM new_rows WHERE group_id IS NOT NULL GROUP BY 1, 2;
    ELSIF TG_OP = 'DELETE' AND coalesce(current_setting('sextant.event_decision', true), '') IN ('migration', 'undo') THEN
        INSERT INTO ontology_eventsaccepted (group_id, month, count)
        SELECT group_id, date_trunc('month', "timestamp" AT TIME ZONE 'UTC')::date, -count(*) FROM old_rows WHERE group_id IS NOT NULL GROUP BY 1, 2;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO ontology_eventsaccepted (group_id, month, count)
        SELECT group_id, month, sum(count) FROM (
            SELECT group_id, date_trunc('month', "timestamp" AT TIME ZONE 'UTC')::date AS month, count(*) FROM new_rows GROUP BY 1, 2
            UNION ALL
            SELECT group_id, date_trunc('month', "timestamp" AT TIME ZONE 'UTC')::date, -count(*) FROM old_rows GROUP BY 1, 2
        ) AS turned WHERE group_id IS NOT NULL GROUP BY 1, 2 HAVING sum(count) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER events_accepted_are_counted AFTER INSERT ON ontology_event REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_events_accepted_counted();
CREATE TRIGGER events_accepted_follow_updates AFTER UPDATE ON ontology_event REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_events_accepted_counted();
CREATE TRIGGER events_accepted_follow_deletions AFTER DELETE ON ontology_event REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_events_accepted_counted();
SELECT ontology_event_triggers_make(inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass;

SELECT ontology_isolate('ontology_eventsaccepted');

-- Folds the pieces of the ledger, one row per group and month; how many pieces went. Runs as the owner, for nobody else writes the ledger.
CREATE FUNCTION ontology_events_accepted_fold() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    WITH pieces AS (
        DELETE FROM ontology_eventsaccepted WHERE (group_id, month) IN (
            SELECT group_id, month FROM ontology_eventsaccepted GROUP BY group_id, month HAVING count(*) > 1
        ) RETURNING group_id, month, count
    ), folded AS (
        INSERT INTO ontology_eventsaccepted (group_id, month, count) SELECT group_id, month, sum(count) FROM pieces GROUP BY group_id, month
    )
    SELECT count(*) INTO gone FROM pieces;
    RETURN gone;
END $$;

-- Makes the partition as before; where it is there, and so old that archival may drop it, holds it until the end of the transaction, so that it does
-- not go between this look and the caller's write.
CREATE OR REPLACE FUNCTION ontology_event_partition_make(moment timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first_day timestamptz := date_trunc('month', moment, 'UTC');
    next_day timestamptz := (date_trunc('month', moment AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    partition text := 'ontology_event_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass('public.' || quote_ident(partition)) IS NOT NULL THEN
        IF next_day > statement_timestamp() - interval '31 days' THEN
            RETURN false;
        END IF;
        BEGIN
            EXECUTE format('LOCK TABLE public.%I IN ROW EXCLUSIVE MODE', partition);
            RETURN false;
        EXCEPTION WHEN undefined_table THEN
            NULL; -- dropped while this waited for it
        END;
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

-- Drops the partition of the month that MOMENT lies in, if it is empty and its month ended at least DAYS ago; whether it did. Waits a fifth of a second
-- at most, since whoever comes later waits behind: the caller tries again. A month without a partition gets one with its next event.
CREATE FUNCTION ontology_event_partition_drop(moment timestamptz, days integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    next_day timestamptz := (date_trunc('month', moment AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    partition text := 'ontology_event_' || to_char(moment AT TIME ZONE 'UTC', 'YYYY_MM');
    is_filled boolean;
BEGIN
    IF days < 31 OR next_day > statement_timestamp() - make_interval(days => days) THEN
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class WHERE relname = partition AND relnamespace = 'public'::regnamespace) THEN
        RETURN false;
    END IF;
    -- A look without any lock first: a filled one is left in peace.
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', partition) INTO is_filled;
    IF is_filled THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('ontology_event_partition', 0));
    LOCK TABLE public.ontology_event IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', partition) INTO is_filled;
    IF is_filled THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE public.%I', partition);
    RETURN true;
END $$;
