-- The groups that this transaction acts for, from its sealed scope; none without one. {nil} stands for every group.
CREATE FUNCTION ontology_acting_groups() RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    told text := (public.ontology_claims(pg_catalog.current_setting('sextant.context', true)))[2];
BEGIN
    RETURN CASE told WHEN '*' THEN '{00000000-0000-0000-0000-000000000000}' ELSE pg_catalog.string_to_array(coalesce(told, ''), ',') END::uuid[];
END $$;
CREATE FUNCTION ontology_acting_everywhere() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce((public.ontology_claims(pg_catalog.current_setting('sextant.context', true)))[2] = '*', false);
END $$;
CREATE FUNCTION ontology_acting_person() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN nullif((public.ontology_claims(pg_catalog.current_setting('sextant.context', true)))[1], '')::uuid;
END $$;

-- Puts a table behind row-level security: rows of the acting groups, or, where the scope is everywhere, all. The owner of the tables (migrations,
-- and the functions that run as it) passes. Each call of a function stands in a subquery, so that a statement makes it once.
CREATE FUNCTION ontology_isolate(target regclass, group_column text DEFAULT 'group_id') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY rows_of_acting_groups ON %s
        USING (%I = ANY ((SELECT ontology_acting_groups())::uuid[]) OR (SELECT ontology_acting_everywhere()))', target, group_column);
    EXECUTE format('CREATE POLICY owner_passes ON %s TO CURRENT_USER USING (true)', target);
END $$;
SELECT ontology_isolate('ontology_group', 'id');
SELECT ontology_isolate('ontology_membership');
SELECT ontology_isolate('ontology_thing');
SELECT ontology_isolate('ontology_connection');
SELECT ontology_isolate('ontology_event');
SELECT ontology_isolate('ontology_knowledge');
SELECT ontology_isolate('ontology_thingknowledge');
SELECT ontology_isolate('ontology_run');
SELECT ontology_isolate('ontology_apitoken');
CREATE POLICY rows_of_acting_person ON ontology_apitoken USING (person_id = (SELECT ontology_acting_person()));

-- Rows that belong to a person, and to a run.
ALTER TABLE ontology_idempotencykey ENABLE ROW LEVEL SECURITY;
ALTER TABLE ontology_idempotencykey FORCE ROW LEVEL SECURITY;
CREATE POLICY rows_of_acting_person ON ontology_idempotencykey
    USING (person_id = (SELECT ontology_acting_person()) OR (SELECT ontology_acting_everywhere()));
CREATE POLICY owner_passes ON ontology_idempotencykey TO CURRENT_USER USING (true);
ALTER TABLE ontology_runreject ENABLE ROW LEVEL SECURITY;
ALTER TABLE ontology_runreject FORCE ROW LEVEL SECURITY;
CREATE POLICY rows_of_visible_runs ON ontology_runreject USING (run_id IN (SELECT id FROM ontology_run));
CREATE POLICY owner_passes ON ontology_runreject TO CURRENT_USER USING (true);

-- Nobody but the owner has rights on a partition: read by its own name it would not ask its table's policies.
CREATE FUNCTION ontology_partition_close(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    grantee regrole;
BEGIN
    FOR grantee IN SELECT DISTINCT a.grantee::regrole FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = target AND a.grantee NOT IN (c.relowner, 0) LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', target, grantee);
    END LOOP;
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', target);
END $$;

-- As before, run by its owner now, since the roles of requests and jobs make no tables; only months in which an event may lie.
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

-- The tree is walked by its owner: an ancestor out of the writer's scope is an ancestor still. So are an event's references, since a thing that
-- left the group must find its events.
ALTER FUNCTION ontology_group_tree_checked() SECURITY DEFINER;
ALTER FUNCTION ontology_group_tree_checked() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION ontology_thing_move_checked() SECURITY DEFINER;
ALTER FUNCTION ontology_thing_move_checked() SET search_path = pg_catalog, public, pg_temp;

-- Searches by name: LIKE is not leakproof, so behind a policy it would lose its index. The newest matches of an upper-case PATTERN within the
-- scope, at most HOW_MANY; ONLY_GROUP narrows to one group of the scope, TYPES to things of these types.
CREATE FUNCTION ontology_things_named_like(pattern text, only_group uuid, types text[], how_many integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    everywhere boolean := ontology_acting_everywhere();
    groups uuid[] := CASE WHEN everywhere THEN NULL ELSE ontology_acting_groups() END;
BEGIN
    IF only_group IS NOT NULL AND (everywhere OR only_group = ANY (groups)) THEN
        RETURN QUERY EXECUTE 'SELECT id FROM ontology_thing
            WHERE group_id = $1 AND upper(name) LIKE $2 AND ($3 IS NULL OR type = ANY ($3)) ORDER BY id DESC LIMIT $4'
            USING only_group, pattern, types, how_many;
    ELSIF only_group IS NULL THEN
        RETURN QUERY EXECUTE 'SELECT id FROM ontology_thing
            WHERE ($1 IS NULL OR group_id = ANY ($1)) AND upper(name) LIKE $2 AND ($3 IS NULL OR type = ANY ($3)) ORDER BY id DESC LIMIT $4'
            USING groups, pattern, types, how_many;
    END IF;
END $$;
CREATE FUNCTION ontology_groups_named_like(pattern text, how_many integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT id FROM ontology_group WHERE upper(name) LIKE $1 AND ($2 OR id = ANY ($3)) ORDER BY id DESC LIMIT $4'
        USING pattern, ontology_acting_everywhere(), ontology_acting_groups(), how_many;
END $$;

-- Tells the planner what a bulk load has changed, for roles that do not own the tables.
CREATE FUNCTION ontology_tables_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    ANALYZE public.ontology_thing, public.ontology_connection, public.ontology_event, public.ontology_knowledge;
END $$;
