-- As 0002 has them.
CREATE OR REPLACE FUNCTION quotas_pend(the_group uuid, the_metric text, n bigint, added bigint) RETURNS boolean
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
CREATE OR REPLACE FUNCTION quotas_things_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
CREATE OR REPLACE FUNCTION quotas_connections_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
CREATE OR REPLACE FUNCTION quotas_settle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
ALTER FUNCTION quotas_apply(uuid, text, text, bigint, bigint) SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;
