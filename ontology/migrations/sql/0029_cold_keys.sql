-- The keys of an event: what makes it the same event when it is sent again within its group and month.
CREATE FUNCTION ontology_event_keys(event_id uuid, external_id text) RETURNS uuid[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN external_id IS NULL THEN ARRAY[event_id] ELSE ARRAY[event_id, md5(external_id)::uuid] END
$$;
-- Which bucket a key lies in: its last byte, which is random in ids and hashes alike.
CREATE FUNCTION ontology_key_bucket(key uuid) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT get_byte(uuid_send(key), 15)::smallint
$$;

-- Of the given events of a group, the ids of those that are in the archive already: by id, or by external_id in the month. Where the group has no cold
-- event between the first month and the last, that costs one look into an index.
CREATE FUNCTION ontology_events_cold(in_group uuid, ids uuid[], external_ids text[], moments timestamptz[]) RETURNS TABLE (cold_id uuid)
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ontology_coldkeys AS cold, (SELECT min(at) AS first, max(at) AS last FROM unnest(moments) AS at) AS span
        WHERE cold.group_id = in_group AND cold.month >= date_trunc('month', span.first AT TIME ZONE 'UTC')::date
            AND cold.month <= (span.last AT TIME ZONE 'UTC')::date
    ) THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT it.id, date_trunc('month', it.moment AT TIME ZONE 'UTC')::date AS month, key
        FROM unnest(ids, external_ids, moments) AS it (id, external_id, moment), unnest(ontology_event_keys(it.id, it.external_id)) AS key
    ), kept AS MATERIALIZED (
        SELECT cold.month, key
        FROM (SELECT DISTINCT given.month, ontology_key_bucket(given.key) AS bucket FROM given) AS asked
        CROSS JOIN LATERAL (
            SELECT there.month, there.keys FROM ontology_coldkeys AS there
            WHERE there.group_id = in_group AND there.month = asked.month AND there.bucket = asked.bucket OFFSET 0
        ) AS cold, unnest(cold.keys) AS key
    )
    SELECT DISTINCT given.id FROM given JOIN kept USING (month, key);
END $$;

-- event_is_not_in_the_archive: an event is accepted once within its group and month, be it hot or cold by now. The look comes after the row is written,
-- in a snapshot of its own, so that it sees what an archival that held the same key until then has committed.
CREATE FUNCTION ontology_event_not_in_archive() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    span record;
    found_id uuid;
BEGIN
    FOR span IN SELECT group_id, min("timestamp") AS first, max("timestamp") AS last FROM new_rows WHERE group_id IS NOT NULL GROUP BY group_id LOOP
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM ontology_coldkeys AS cold WHERE cold.group_id = span.group_id
                AND cold.month >= date_trunc('month', span.first AT TIME ZONE 'UTC')::date AND cold.month <= (span.last AT TIME ZONE 'UTC')::date
        );
        SELECT cold.cold_id INTO found_id
        FROM (
            SELECT array_agg(id) AS ids, array_agg(external_id::text) AS external_ids, array_agg("timestamp") AS moments
            FROM new_rows WHERE group_id = span.group_id
        ) AS it, ontology_events_cold(span.group_id, it.ids, it.external_ids, it.moments) AS cold LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'The event % is in the archive already.', found_id
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'event_is_not_in_the_archive', TABLE = 'ontology_event';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER event_is_not_in_the_archive AFTER INSERT ON ontology_event REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ontology_event_not_in_archive();
SELECT ontology_event_triggers_make(inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'ontology_event'::regclass;

SELECT ontology_isolate('ontology_coldkeys');
