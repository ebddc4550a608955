-- Counting as before, with less work where a transaction has changed one thing, which is what most of them do. Besides, no session goes past a lowered
-- limit because its view is older.

-- As before. It and quotas_apply run as their callers, the triggers of the owner: the way in is theirs alone, and entering it anew costs as much again.
CREATE OR REPLACE FUNCTION quotas_pend(the_group uuid, the_metric text, n bigint, added bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    kept record;
    typed boolean;
BEGIN
    INSERT INTO quotas_pending (transaction, group_id, metric, subject, value, bytes) VALUES (pg_current_xact_id(), the_group, the_metric, '', n, added)
        RETURNING the_metric = 'entities_total'
            AND EXISTS (SELECT FROM quotas_usage AS u WHERE u.group_id = the_group AND u.metric = the_metric AND u.subject > '') INTO typed;
    IF n > 50 OR added > 1000000 THEN
        FOR kept IN SELECT u.metric, u.value, u."limit" AS lim, CASE u.metric WHEN the_metric THEN n ELSE added END AS wanted FROM quotas_usage AS u
            WHERE u.group_id = the_group AND u.metric IN (the_metric, 'storage_gb') AND u.subject = '' AND u.period = 'total' AND u.is_hard
                AND u."limit" < CASE u.metric WHEN the_metric THEN n ELSE added END AND (u.limit_until IS NULL OR u.limit_until > clock_timestamp()) LOOP
            PERFORM quotas_refuse(the_group, kept.metric, '', kept.value, kept.lim, kept.wanted);
        END LOOP;
    END IF;
    RETURN typed;
END $$;
ALTER FUNCTION quotas_apply(uuid, text, text, bigint, bigint) SECURITY INVOKER RESET search_path;

-- usage_follows_rows, as before: everything that the transaction has changed, in the order of groups and metrics. One change by itself, which is taken
-- away here only if it is, needs no order: without limits it is one statement, else one metric after the other.
-- A session whose view is older than the group's limits fails (40001): of what quotas_limits_refresh writes, one row is written by nothing else.
CREATE OR REPLACE FUNCTION quotas_settle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    change record;
    one boolean;
BEGIN
    DELETE FROM quotas_pending AS p
        WHERE p.transaction = NEW.transaction AND NOT EXISTS (SELECT FROM quotas_pending AS o WHERE o.transaction = NEW.transaction OFFSET 1);
    one := FOUND;
    IF one THEN
        PERFORM pg_advisory_xact_lock_shared(quotas_lock_of(NEW.group_id));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(quotas_lock_of(g.group_id))
            FROM (SELECT DISTINCT p.group_id FROM quotas_pending AS p WHERE p.transaction = NEW.transaction ORDER BY p.group_id) AS g;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM quotas_usage AS u
            WHERE u.metric = 'events_retention_days' AND u.subject = '' AND u.period = 'total'
                AND u.group_id IN (SELECT NEW.group_id UNION SELECT p.group_id FROM quotas_pending AS p WHERE p.transaction = NEW.transaction)
            ORDER BY u.group_id FOR SHARE;
    END IF;
    IF one THEN
        INSERT INTO quotas_delta (group_id, metric, subject, value, held)
            SELECT NEW.group_id, v.metric, v.subject, v.value, v.held
            FROM quotas_usage AS u, quotas_usage AS s,
                (VALUES (NEW.metric, NEW.subject, NEW.value, NEW.held), ('storage_gb', '', NEW.bytes, 0)) AS v (metric, subject, value, held)
            WHERE u.group_id = NEW.group_id AND u.metric = NEW.metric AND u.subject = NEW.subject
                AND u.period = 'total' AND u.limit_until IS NULL AND (u."limit" IS NULL OR NOT u.is_hard)
                AND s.group_id = NEW.group_id AND s.metric = 'storage_gb' AND s.subject = ''
                AND s.period = 'total' AND s.limit_until IS NULL AND (s."limit" IS NULL OR NOT s.is_hard)
                AND (v.value <> 0 OR v.held <> 0);
        IF NOT FOUND THEN  -- what waits for nobody first: the row of a hard limit stands locked from its change on
            INSERT INTO quotas_delta (group_id, metric, subject, value, held)
                SELECT NEW.group_id, 'storage_gb', '', NEW.bytes, 0 FROM quotas_usage AS s
                WHERE NEW.bytes <> 0 AND s.group_id = NEW.group_id AND s.metric = 'storage_gb' AND s.subject = ''
                    AND s.period = 'total' AND s.limit_until IS NULL AND (s."limit" IS NULL OR NOT s.is_hard);
            one := FOUND;
            IF NEW.value <> 0 OR NEW.held <> 0 THEN
                PERFORM quotas_apply(NEW.group_id, NEW.metric, NEW.subject, NEW.value, NEW.held);
            END IF;
            IF NEW.bytes <> 0 AND NOT one THEN
                PERFORM quotas_apply(NEW.group_id, 'storage_gb', '', NEW.bytes, 0);
            END IF;
        END IF;
        RETURN NULL;
    END IF;
    FOR change IN
        WITH taken AS (
            DELETE FROM quotas_pending WHERE transaction = NEW.transaction RETURNING group_id, metric, subject, value, held, bytes
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

-- Live things and their bytes, as before; one row has no groups to be told apart, nor anything to be added up.
CREATE OR REPLACE FUNCTION quotas_things_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    typed boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM new_rows OFFSET 1) THEN
            SELECT bool_or(quotas_pend(c.group_id, 'entities_total', c.n, c.bytes)) INTO typed FROM (
                SELECT group_id, count(*) AS n, sum(quotas_thing_bytes(name, properties))::bigint AS bytes
                FROM new_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
        ELSE
            SELECT quotas_pend(n.group_id, 'entities_total', 1, quotas_thing_bytes(n.name, n.properties)) INTO typed
                FROM new_rows AS n WHERE n.group_id IS NOT NULL AND n.deleted_at IS NULL;
        END IF;
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

-- Live connections and their bytes, likewise.
CREATE OR REPLACE FUNCTION quotas_connections_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM new_rows OFFSET 1) THEN
            PERFORM quotas_pend(c.group_id, 'connections_total', c.n, c.bytes) FROM (
                SELECT group_id, count(*) AS n, sum(quotas_connection_bytes(metadata))::bigint AS bytes
                FROM new_rows WHERE group_id IS NOT NULL AND deleted_at IS NULL GROUP BY group_id) AS c;
        ELSE
            PERFORM quotas_pend(n.group_id, 'connections_total', 1, quotas_connection_bytes(n.metadata))
                FROM new_rows AS n WHERE n.group_id IS NOT NULL AND n.deleted_at IS NULL;
        END IF;
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
