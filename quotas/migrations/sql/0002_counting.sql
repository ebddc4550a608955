-- Counting in the transaction that writes, and the limit at its COMMIT. docs/decisions/0011-quotas.md says why it is made so.

-- What the present transaction has changed so far: a row for each statement, group and metric. Taken away before COMMIT, so no crash loses any.
CREATE UNLOGGED TABLE quotas_pending (
    transaction xid8 NOT NULL,
    group_id uuid NOT NULL,
    metric text NOT NULL,
    subject text NOT NULL,
    value bigint NOT NULL,
    held bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0  -- of storage, beside the value of another metric
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX pending_of_transaction ON quotas_pending (transaction);

-- The limit of one use of a group at a moment: that of the override in force that began last, else that of its plan. UNTIL is when that may change.
CREATE FUNCTION quotas_limit_of(the_group uuid, the_metric text, the_per text, the_type text, the_span text, at timestamptz,
    OUT lim bigint, OUT hard boolean, OUT until timestamptz, OUT source text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT min(CASE WHEN o.starts_at > at THEN o.starts_at ELSE o.expires_at END) INTO until FROM quotas_override AS o
        WHERE o.group_id = the_group AND o.metric = the_metric AND o.per = the_per AND o.type_name = the_type AND o.span = the_span
            AND (o.starts_at > at OR o.expires_at > at);
    SELECT o.value, o.is_hard, 'override' INTO lim, hard, source FROM quotas_override AS o
        WHERE o.group_id = the_group AND o.metric = the_metric AND o.per = the_per AND o.type_name = the_type AND o.span = the_span
            AND o.starts_at <= at AND (o.expires_at IS NULL OR o.expires_at > at)
        ORDER BY o.starts_at DESC, o.id DESC LIMIT 1;
    IF source IS NULL THEN
        SELECT l.value, l.is_hard, 'plan' INTO lim, hard, source FROM quotas_planlimit AS l
            WHERE l.plan_id = coalesce((SELECT s.plan_id FROM quotas_subscription AS s WHERE s.group_id = the_group),
                    (SELECT p.name FROM quotas_plan AS p WHERE p.is_default))
                AND l.metric = the_metric AND l.per = the_per AND l.type_name = the_type AND l.span = the_span;
    END IF;
    hard := coalesce(hard, false);
END $$;

-- The same for a row of usage, whose subject is blank, type:NAME or person:ID.
CREATE FUNCTION quotas_limit_for(the_group uuid, the_metric text, the_subject text, at timestamptz,
    OUT lim bigint, OUT hard boolean, OUT until timestamptz, OUT source text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT * FROM quotas_limit_of(the_group, the_metric,
        CASE WHEN the_subject = '' THEN 'group' WHEN the_subject LIKE 'type:%' THEN 'type' ELSE 'person' END,
        CASE WHEN the_subject LIKE 'type:%' THEN substr(the_subject, 6) ELSE '' END, '', at)
$$;

-- The first moment of the period that a metric's present row is about: all time for what stands, the month (UTC) for calls.
CREATE FUNCTION quotas_period_start(the_metric text, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN the_metric = 'api_calls_per_month' THEN date_trunc('month', at, 'UTC') ELSE 'epoch'::timestamptz END
$$;

-- Opens the present row of a metric where it is missing; nothing for a group that is gone.
CREATE FUNCTION quotas_usage_open(the_group uuid, the_metric text, the_subject text, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO quotas_usage (group_id, metric, subject, period, period_start, period_end, "limit", is_hard, limit_until)
    SELECT g.id, the_metric, the_subject, CASE the_metric WHEN 'api_calls_per_month' THEN 'monthly' ELSE 'total' END,
        quotas_period_start(the_metric, at),
        CASE the_metric WHEN 'api_calls_per_month' THEN (date_trunc('month', at AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC' END,
        l.lim, l.hard, l.until
    FROM ontology_group AS g, quotas_limit_for(the_group, the_metric, the_subject, at) AS l WHERE g.id = the_group
    ON CONFLICT DO NOTHING
$$;

-- An amount as people read it: storage in decimal GB (kB while small), else a number of things, connections, people.
CREATE FUNCTION quotas_amount_text(the_metric text, amount bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN the_metric <> 'storage_gb' THEN trim(to_char(amount, '999,999,999,999,999,990'))
        WHEN abs(amount) < 10000000 THEN trim(to_char(amount / 1000.0, '999,990.00')) || ' kB'
        ELSE trim(to_char(amount / 1000000000.0, '999,999,999,990.00')) || ' GB' END
$$;

-- usage_within_limit: the refusal, with its numbers as JSON in DETAIL and the smallest plan that would do.
CREATE FUNCTION quotas_refuse(the_group uuid, the_metric text, the_subject text, current_value bigint, lim bigint, requested bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told record;
    better record;
    noun text := CASE the_metric WHEN 'entities_total' THEN 'things' WHEN 'connections_total' THEN 'connections' WHEN 'users' THEN 'people'
        WHEN 'storage_gb' THEN 'storage' ELSE 'API calls this month' END || CASE the_subject WHEN '' THEN '' ELSE ' of ' || replace(the_subject, ':', ' ') END;
BEGIN
    SELECT g.slug, p.title, p.position INTO told FROM ontology_group AS g, quotas_plan AS p
        WHERE g.id = the_group
            AND p.name = coalesce((SELECT s.plan_id FROM quotas_subscription AS s WHERE s.group_id = g.id),
                (SELECT d.name FROM quotas_plan AS d WHERE d.is_default));
    SELECT p.name, p.title INTO better FROM quotas_plan AS p JOIN quotas_planlimit AS l ON l.plan_id = p.name
        WHERE p.active AND p.position > told.position AND l.metric = the_metric AND l.per = 'group' AND l.span = '' AND the_subject = ''
            AND (l.value IS NULL OR l.value >= current_value + requested)
        ORDER BY p.position LIMIT 1;
    RAISE EXCEPTION 'The group % uses % of % % of its plan %; % more would exceed the limit.', told.slug,
        quotas_amount_text(the_metric, current_value), quotas_amount_text(the_metric, lim), noun, told.title, quotas_amount_text(the_metric, requested)
        USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_within_limit', TABLE = 'quotas_usage',
            DETAIL = json_build_object('group', told.slug, 'groupId', the_group, 'plan', told.title, 'metric', the_metric, 'subject', the_subject,
                'unit', CASE the_metric WHEN 'storage_gb' THEN 'bytes' ELSE 'count' END,
                'current', current_value, 'limit', lim, 'requested', requested, 'upgrade', better.name,
                'suggestion', CASE WHEN better.name IS NULL THEN 'Delete what is not needed, or ask for a higher limit.'
                    ELSE 'The plan ' || better.title || ' has room for it. Otherwise delete what is not needed, or ask for a higher limit.' END)::text;
END $$;

-- Writes down what a statement has changed, and refuses what no other statement of the transaction could make good: more than the whole limit. Small
-- statements are not asked: they cost nothing when COMMIT refuses them. Returns whether some of the group's types are counted by themselves.
CREATE FUNCTION quotas_pend(the_group uuid, the_metric text, n bigint, added bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept record;
BEGIN
    INSERT INTO quotas_pending (transaction, group_id, metric, subject, value, bytes) VALUES (pg_current_xact_id(), the_group, the_metric, '', n, added);
    IF n > 50 OR added > 1000000 THEN
        FOR kept IN SELECT u.metric, u.value, u."limit" AS lim, CASE u.metric WHEN the_metric THEN n ELSE added END AS wanted FROM quotas_usage AS u
            WHERE u.group_id = the_group AND u.metric IN (the_metric, 'storage_gb') AND u.subject = '' AND u.period = 'total' AND u.is_hard
                AND u."limit" < CASE u.metric WHEN the_metric THEN n ELSE added END AND (u.limit_until IS NULL OR u.limit_until > clock_timestamp()) LOOP
            PERFORM quotas_refuse(the_group, kept.metric, '', kept.value, kept.lim, kept.wanted);
        END LOOP;
    END IF;
    RETURN the_metric = 'entities_total'
        AND EXISTS (SELECT FROM quotas_usage AS u WHERE u.group_id = the_group AND u.metric = the_metric AND u.subject > '');
END $$;

-- The same for one metric alone, such as things of one type, and what runs hold.
CREATE FUNCTION quotas_pend_one(the_group uuid, the_metric text, the_subject text, n bigint, h bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO quotas_pending (transaction, group_id, metric, subject, value, held)
    SELECT pg_current_xact_id(), the_group, the_metric, the_subject, n, h WHERE n <> 0 OR h <> 0
$$;

-- Adds the deltas of one row of usage to it. Deltas are locked before their row of usage, here as everywhere.
CREATE FUNCTION quotas_fold(the_group uuid, the_metric text, the_subject text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    folded record;
BEGIN
    PERFORM FROM quotas_delta AS d WHERE d.group_id = the_group AND d.metric = the_metric AND d.subject = the_subject ORDER BY d.id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    PERFORM quotas_usage_open(the_group, the_metric, the_subject, clock_timestamp());
    WITH gone AS (
        DELETE FROM quotas_delta AS d WHERE d.group_id = the_group AND d.metric = the_metric AND d.subject = the_subject RETURNING d.value, d.held
    )
    SELECT count(*) AS rows, coalesce(sum(gone.value), 0) AS value, coalesce(sum(gone.held), 0) AS held INTO folded FROM gone;
    UPDATE quotas_usage AS u SET value = u.value + folded.value, held = u.held + folded.held, timestamp = clock_timestamp()
        WHERE u.group_id = the_group AND u.metric = the_metric AND u.subject = the_subject
            AND u.period_start = quotas_period_start(the_metric, clock_timestamp()) AND u.period IN ('total', 'monthly');
    RETURN folded.rows;
END $$;

-- One change of one row of usage, at COMMIT. A hard limit: the row itself, under its lock. Otherwise a delta, for which nobody waits.
CREATE FUNCTION quotas_apply(the_group uuid, the_metric text, the_subject text, n bigint, h bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    now timestamptz := clock_timestamp();
    start timestamptz := quotas_period_start(the_metric, clock_timestamp());
    kept record;
    there boolean;
BEGIN
    FOR attempt IN 1..2 LOOP
        SELECT u.id, u.value, u.held, u."limit" AS lim, u.is_hard AS hard, u.limit_until,
            EXISTS (SELECT FROM quotas_delta AS d WHERE d.group_id = the_group AND d.metric = the_metric AND d.subject = the_subject) AS deltas
            INTO kept FROM quotas_usage AS u
            WHERE u.group_id = the_group AND u.metric = the_metric AND u.subject = the_subject AND u.period_start = start
                AND u.period = CASE the_metric WHEN 'api_calls_per_month' THEN 'monthly' ELSE 'total' END;
        there := FOUND;
        EXIT WHEN there;
        PERFORM quotas_usage_open(the_group, the_metric, the_subject, now);
    END LOOP;
    IF NOT there THEN
        RETURN;  -- the group is gone, and its usage with it
    END IF;
    IF kept.limit_until <= now THEN
        SELECT l.lim, l.hard INTO kept.lim, kept.hard FROM quotas_limit_for(the_group, the_metric, the_subject, now) AS l;
    END IF;
    IF kept.lim IS NULL OR NOT kept.hard THEN
        INSERT INTO quotas_delta (group_id, metric, subject, value, held) VALUES (the_group, the_metric, the_subject, n, h);
        RETURN;
    END IF;
    IF kept.deltas THEN
        PERFORM quotas_fold(the_group, the_metric, the_subject);
    END IF;
    UPDATE quotas_usage AS u SET value = u.value + n, held = u.held + h, timestamp = now
        WHERE u.id = kept.id AND (n <= 0 OR u.value + n <= kept.lim) AND (n + h <= 0 OR u.value + u.held + n + h <= kept.lim);
    IF NOT FOUND THEN
        SELECT u.value, u.held INTO kept.value, kept.held FROM quotas_usage AS u WHERE u.id = kept.id;
        PERFORM quotas_refuse(the_group, the_metric, the_subject, kept.value + CASE WHEN n + h > 0 THEN kept.held ELSE 0 END, kept.lim,
            CASE WHEN n + h > 0 THEN n + h ELSE n END);
    END IF;
END $$;

-- A number for the lock that whoever commits a change of usage shares, and whoever changes the group's limits takes alone.
CREATE FUNCTION quotas_lock_of(the_group uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(the_group::text, 17) $$;

-- usage_follows_rows: at COMMIT (or SET CONSTRAINTS … IMMEDIATE) everything that the transaction has changed, in the order of groups and metrics, so
-- that transactions wait in a line. The first of its rows does it all, where no limit refuses in one statement; for the others nothing is left.
CREATE FUNCTION quotas_settle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me xid8 := pg_current_xact_id();
    change record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(quotas_lock_of(g.group_id))
        FROM (SELECT DISTINCT p.group_id FROM quotas_pending AS p WHERE p.transaction = me ORDER BY p.group_id) AS g;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR change IN
        WITH taken AS (
            DELETE FROM quotas_pending WHERE transaction = me RETURNING group_id, metric, subject, value, held, bytes
        ), summed AS (
            SELECT t.group_id, t.metric, t.subject, sum(t.value)::bigint AS value, sum(t.held)::bigint AS held FROM (
                SELECT group_id, metric, subject, value, held FROM taken
                UNION ALL SELECT group_id, 'storage_gb', '', bytes, 0 FROM taken WHERE bytes <> 0) AS t
            GROUP BY 1, 2, 3 HAVING sum(t.value) <> 0 OR sum(t.held) <> 0
        ), placed AS (
            SELECT s.*, u.id IS NOT NULL AND u.limit_until IS NULL AND (u."limit" IS NULL OR NOT u.is_hard) AS free
            FROM summed AS s LEFT JOIN quotas_usage AS u ON u.group_id = s.group_id AND u.metric = s.metric AND u.subject = s.subject
                AND u.period = CASE s.metric WHEN 'api_calls_per_month' THEN 'monthly' ELSE 'total' END
                AND u.period_start = quotas_period_start(s.metric, statement_timestamp())
        ), added AS (
            INSERT INTO quotas_delta (group_id, metric, subject, value, held) SELECT group_id, metric, subject, value, held FROM placed WHERE free
        )
        SELECT group_id, metric, subject, value, held FROM placed WHERE NOT free ORDER BY 1, 2, 3
    LOOP
        PERFORM quotas_apply(change.group_id, change.metric, change.subject, change.value, change.held);
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER usage_follows_rows AFTER INSERT ON quotas_pending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quotas_settle();

-- Bytes of a row: JSON as PostgreSQL keeps it, uncompressed, and text. Adding {} hands the value over unpacked, wherever it lies; measured at a
-- seventh of its length as text.
CREATE FUNCTION quotas_thing_bytes(name text, properties jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (octet_length(name) + pg_column_size(properties || '{}'::jsonb))::bigint
$$;
CREATE FUNCTION quotas_connection_bytes(metadata jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_column_size(metadata || '{}'::jsonb)::bigint
$$;
CREATE FUNCTION quotas_knowledge_bytes(text text, metadata jsonb, dimensions integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (octet_length(text) + pg_column_size(metadata || '{}'::jsonb) + 4 * coalesce(dimensions, 0))::bigint
$$;

-- Live things and their bytes.
CREATE FUNCTION quotas_things_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    typed boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT bool_or(quotas_pend(c.group_id, 'entities_total', c.n, c.bytes)) INTO typed FROM (
            SELECT group_id, count(*) AS n, sum(quotas_thing_bytes(name, properties))::bigint AS bytes
            FROM new_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
        IF typed THEN
            PERFORM quotas_pend_one(u.group_id, u.metric, u.subject, count(*), 0) FROM new_rows AS n
                JOIN quotas_usage AS u ON u.group_id = n.group_id AND u.metric = 'entities_total' AND u.subject = 'type:' || n.type AND u.period = 'total'
                WHERE n.deleted_at IS NULL GROUP BY u.group_id, u.metric, u.subject;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT bool_or(quotas_pend(c.group_id, 'entities_total', -c.n, -c.bytes)) INTO typed FROM (
            SELECT group_id, count(*) AS n, sum(quotas_thing_bytes(name, properties))::bigint AS bytes
            FROM old_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
        IF typed THEN
            PERFORM quotas_pend_one(u.group_id, u.metric, u.subject, -count(*), 0) FROM old_rows AS o
                JOIN quotas_usage AS u ON u.group_id = o.group_id AND u.metric = 'entities_total' AND u.subject = 'type:' || o.type AND u.period = 'total'
                WHERE o.deleted_at IS NULL GROUP BY u.group_id, u.metric, u.subject;
        END IF;
    ELSE
        SELECT bool_or(quotas_pend(c.group_id, 'entities_total', c.n, c.bytes)) INTO typed FROM (
            SELECT b.group_id, sum(b.one) AS n, sum(b.bytes)::bigint AS bytes FROM (
                SELECT group_id, 1 AS one, quotas_thing_bytes(name, properties) AS bytes FROM new_rows WHERE deleted_at IS NULL
                UNION ALL SELECT group_id, -1, -quotas_thing_bytes(name, properties) FROM old_rows WHERE deleted_at IS NULL) AS b
            WHERE b.group_id IS NOT NULL GROUP BY b.group_id) AS c;
        IF typed THEN
            PERFORM quotas_pend_one(u.group_id, u.metric, u.subject, sum(b.one), 0) FROM (
                SELECT group_id, type, 1 AS one FROM new_rows WHERE deleted_at IS NULL
                UNION ALL SELECT group_id, type, -1 FROM old_rows WHERE deleted_at IS NULL) AS b
                JOIN quotas_usage AS u ON u.group_id = b.group_id AND u.metric = 'entities_total' AND u.subject = 'type:' || b.type AND u.period = 'total'
                GROUP BY u.group_id, u.metric, u.subject;
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- Live connections and their bytes.
CREATE FUNCTION quotas_connections_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM quotas_pend(c.group_id, 'connections_total', c.n, c.bytes) FROM (
            SELECT group_id, count(*) AS n, sum(quotas_connection_bytes(metadata))::bigint AS bytes
            FROM new_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM quotas_pend(c.group_id, 'connections_total', -c.n, -c.bytes) FROM (
            SELECT group_id, count(*) AS n, sum(quotas_connection_bytes(metadata))::bigint AS bytes
            FROM old_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
    ELSE
        PERFORM quotas_pend(c.group_id, 'connections_total', c.n, c.bytes) FROM (
            SELECT b.group_id, sum(b.one) AS n, sum(b.bytes)::bigint AS bytes FROM (
                SELECT group_id, 1 AS one, quotas_connection_bytes(metadata) AS bytes FROM new_rows WHERE deleted_at IS NULL
                UNION ALL SELECT group_id, -1, -quotas_connection_bytes(metadata) FROM old_rows WHERE deleted_at IS NULL) AS b
            WHERE b.group_id IS NOT NULL GROUP BY b.group_id) AS c;
    END IF;
    RETURN NULL;
END $$;

-- The bytes of live knowledge.
CREATE FUNCTION quotas_knowledge_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM quotas_pend_one(c.group_id, 'storage_gb', '', c.bytes, 0) FROM (
            SELECT group_id, sum(quotas_knowledge_bytes(text, metadata, embedding_dim))::bigint AS bytes
            FROM new_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM quotas_pend_one(c.group_id, 'storage_gb', '', -c.bytes, 0) FROM (
            SELECT group_id, sum(quotas_knowledge_bytes(text, metadata, embedding_dim))::bigint AS bytes
            FROM old_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
    ELSE
        PERFORM quotas_pend_one(c.group_id, 'storage_gb', '', c.bytes, 0) FROM (
            SELECT b.group_id, sum(b.bytes)::bigint AS bytes FROM (
                SELECT group_id, quotas_knowledge_bytes(text, metadata, embedding_dim) AS bytes FROM new_rows WHERE deleted_at IS NULL
                UNION ALL SELECT group_id, -quotas_knowledge_bytes(text, metadata, embedding_dim) FROM old_rows WHERE deleted_at IS NULL) AS b
            WHERE b.group_id IS NOT NULL GROUP BY b.group_id) AS c;
    END IF;
    RETURN NULL;
END $$;

-- Members.
CREATE FUNCTION quotas_members_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM quotas_pend(group_id, 'users', count(*), 0) FROM new_rows GROUP BY group_id;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM quotas_pend(group_id, 'users', -count(*), 0) FROM old_rows GROUP BY group_id;
    ELSE
        PERFORM quotas_pend(b.group_id, 'users', sum(b.one), 0) FROM (
            SELECT group_id, 1 AS one FROM new_rows UNION ALL SELECT group_id, -1 FROM old_rows) AS b GROUP BY b.group_id;
    END IF;
    RETURN NULL;
END $$;

-- What usage_record tells.
CREATE FUNCTION quotas_records_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM quotas_pend_one(group_id, metric, '', sum(amount)::bigint, 0) FROM new_rows GROUP BY group_id, metric;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM quotas_pend_one(group_id, metric, '', -sum(amount)::bigint, 0) FROM old_rows GROUP BY group_id, metric;
    ELSE
        PERFORM quotas_pend_one(b.group_id, b.metric, '', sum(b.amount)::bigint, 0) FROM (
            SELECT group_id, metric, amount FROM new_rows UNION ALL SELECT group_id, metric, -amount FROM old_rows) AS b GROUP BY b.group_id, b.metric;
    END IF;
    RETURN NULL;
END $$;

-- metered_table_is_not_emptied: TRUNCATE tells no trigger which rows went.
CREATE FUNCTION quotas_truncate_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('sextant.event_decision', true), '') <> 'migration' THEN
        RAISE EXCEPTION 'The table % is metered: TRUNCATE is refused.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'metered_table_is_not_emptied', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

-- Puts the four triggers of counting on a table; a partition of a metered table needs its own.
CREATE FUNCTION quotas_meter(target regclass, counter regproc) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER usage_counts_inserts AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION %s()', target, counter);
    EXECUTE format('CREATE TRIGGER usage_counts_deletes AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION %s()', target, counter);
    EXECUTE format('CREATE TRIGGER usage_counts_updates AFTER UPDATE ON %s REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION %s()', target, counter);
    EXECUTE format('CREATE TRIGGER metered_table_is_not_emptied BEFORE TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION quotas_truncate_refused()', target);
END $$;

-- The rows counted anew: of THE_GROUP, or of all groups for null.
CREATE FUNCTION quotas_counted(the_group uuid) RETURNS TABLE (group_id uuid, metric text, subject text, counted bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH things AS (
        SELECT t.group_id, count(*) AS n, sum(quotas_thing_bytes(t.name, t.properties))::bigint AS bytes
        FROM ontology_thing AS t WHERE t.deleted_at IS NULL AND t.group_id IS NOT NULL AND (the_group IS NULL OR t.group_id = the_group) GROUP BY t.group_id
    ), links AS (
        SELECT c.group_id, count(*) AS n, sum(quotas_connection_bytes(c.metadata))::bigint AS bytes
        FROM ontology_connection AS c WHERE c.deleted_at IS NULL AND c.group_id IS NOT NULL AND (the_group IS NULL OR c.group_id = the_group) GROUP BY c.group_id
    ), pieces AS (
        SELECT k.group_id, sum(quotas_knowledge_bytes(k.text, k.metadata, k.embedding_dim))::bigint AS bytes
        FROM ontology_knowledge AS k WHERE k.deleted_at IS NULL AND k.group_id IS NOT NULL AND (the_group IS NULL OR k.group_id = the_group) GROUP BY k.group_id
    ), files AS (
        SELECT r.group_id, sum(r.amount)::bigint AS bytes FROM quotas_record AS r
        WHERE r.metric = 'storage_gb' AND (the_group IS NULL OR r.group_id = the_group) GROUP BY r.group_id
    ), members AS (
        SELECT m.group_id, count(*) AS n FROM ontology_membership AS m WHERE the_group IS NULL OR m.group_id = the_group GROUP BY m.group_id
    )
    SELECT g.id, m.metric, '', coalesce(m.counted, 0)::bigint
    FROM ontology_group AS g LEFT JOIN things ON things.group_id = g.id LEFT JOIN links ON links.group_id = g.id
        LEFT JOIN pieces ON pieces.group_id = g.id LEFT JOIN files ON files.group_id = g.id LEFT JOIN members ON members.group_id = g.id,
        LATERAL (VALUES ('entities_total', things.n), ('connections_total', links.n), ('users', members.n),
            ('storage_gb', coalesce(things.bytes, 0) + coalesce(links.bytes, 0) + coalesce(pieces.bytes, 0) + coalesce(files.bytes, 0))) AS m (metric, counted)
    WHERE the_group IS NULL OR g.id = the_group
    UNION ALL
    SELECT u.group_id, u.metric, u.subject, (SELECT count(*) FROM ontology_thing AS t
        WHERE t.group_id = u.group_id AND t.type = substr(u.subject, 6) AND t.deleted_at IS NULL)
    FROM quotas_usage AS u WHERE u.subject LIKE 'type:%' AND u.period = 'total' AND (the_group IS NULL OR u.group_id = the_group)
$$;

-- quotas_mend: by a recorded decision, sets usage to what the rows come to; writers of the metered tables wait. Returns what differed.
CREATE FUNCTION quotas_mend(the_group uuid) RETURNS TABLE (metric text, subject text, recorded bigint, counted bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    one record;
BEGIN
    IF NOT (the_group = ANY (ontology_acting_groups()) OR ontology_acting_everywhere()) THEN
        RAISE EXCEPTION 'Usage is mended for a group that one acts for.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    LOCK TABLE ontology_thing, ontology_connection, ontology_knowledge, ontology_membership, quotas_record IN SHARE ROW EXCLUSIVE MODE;
    PERFORM pg_advisory_xact_lock(quotas_lock_of(the_group));
    FOR one IN SELECT c.metric, c.subject, c.counted FROM quotas_counted(the_group) AS c ORDER BY c.metric, c.subject LOOP
        PERFORM quotas_fold(the_group, one.metric, one.subject);
        PERFORM quotas_usage_open(the_group, one.metric, one.subject, clock_timestamp());
        RETURN QUERY SELECT u.metric::text, u.subject::text, u.value, one.counted FROM quotas_usage AS u
            WHERE u.group_id = the_group AND u.metric = one.metric AND u.subject = one.subject AND u.period = 'total' AND u.value <> one.counted;
        UPDATE quotas_usage AS u SET value = one.counted WHERE u.group_id = the_group AND u.metric = one.metric AND u.subject = one.subject
            AND u.period = 'total' AND u.value <> one.counted;
    END LOOP;
    UPDATE quotas_drift AS d SET mended_at = clock_timestamp() WHERE d.group_id = the_group AND d.mended_at IS NULL;
END $$;
