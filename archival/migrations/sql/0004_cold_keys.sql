-- archived_events_are_those_of_the_object: whether events are, by count and digest, those of a batch's object; refuses when they are not.
CREATE FUNCTION archival_batch_is_whole(batch archival_archivebatch, found_rows bigint, total numeric) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF found_rows <> batch.rows OR archival_digest(total) <> batch.digest THEN
        RAISE EXCEPTION 'The object of batch % holds % events of digest %, the database % of digest %.',
            batch.id, batch.rows, batch.digest, found_rows, archival_digest(total)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archived_events_are_those_of_the_object', TABLE = 'archival_archivebatch';
    END IF;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION archival_batch_is_whole(archival_archivebatch, bigint, numeric) FROM PUBLIC;

-- Deletes the hot rows of a batch whose object was read back, or that was restored, keeps their keys, and returns them, for the caller to carry what
-- metrics need. What is counted and summed is what was deleted, in the same statement.
CREATE OR REPLACE FUNCTION archival_events_leave(batch_id uuid, at_fence bigint) RETURNS SETOF ontology_event
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch archival_archivebatch := archival_batch_held(batch_id, at_fence, ARRAY['verified', 'restored']);
    month_begins timestamptz := batch.month::timestamp AT TIME ZONE 'UTC';
    month_ends timestamptz := (batch.month + interval '1 month') AT TIME ZONE 'UTC';
    left_rows bigint;
BEGIN
    PERFORM set_config('sextant.event_decision', 'archival', true);
    IF batch.state = 'verified' THEN
        RETURN QUERY WITH gone AS (
            DELETE FROM ontology_event AS event
            WHERE event.group_id = batch.group_id AND event."timestamp" >= month_begins AND event."timestamp" < month_ends
                AND event."timestamp" < batch.cutoff AND event."timestamp" <= batch.upto_timestamp
                AND (event."timestamp", event.id) <= (batch.upto_timestamp, batch.upto_id)
                AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
            RETURNING event.*
        ), kept AS (
            INSERT INTO ontology_coldkeys (group_id, month, bucket, batch, keys)
            SELECT batch.group_id, batch.month, ontology_key_bucket(key), batch.id, array_agg(key)
            FROM gone, unnest(ontology_event_keys(gone.id, gone.external_id)) AS key GROUP BY ontology_key_bucket(key)
        )
        SELECT gone.* FROM gone
        WHERE (SELECT archival_batch_is_whole(batch, count(*), sum(archival_event_number(gone::ontology_event))) FROM gone);
    ELSE
        RETURN QUERY WITH gone AS (
            DELETE FROM ontology_event AS event USING archival_restoredevent AS back
            WHERE back.batch_id = batch.id AND event.id = back.event_id AND event."timestamp" = back."timestamp" AND event.group_id = batch.group_id
                AND event."timestamp" >= month_begins AND event."timestamp" < month_ends
            RETURNING event.*
        ), kept AS (
            INSERT INTO ontology_coldkeys (group_id, month, bucket, batch, keys)
            SELECT batch.group_id, batch.month, ontology_key_bucket(key), batch.id, array_agg(key)
            FROM gone, unnest(ontology_event_keys(gone.id, gone.external_id)) AS key GROUP BY ontology_key_bucket(key)
        )
        SELECT gone.* FROM gone
        WHERE (SELECT archival_batch_is_whole(batch, count(*), sum(archival_event_number(gone::ontology_event))) FROM gone);
    END IF;
    GET DIAGNOSTICS left_rows = ROW_COUNT;
    IF left_rows <> batch.rows THEN
        PERFORM archival_batch_is_whole(batch, left_rows, 0);
    END IF;
    DELETE FROM archival_restoredevent AS back WHERE back.batch_id = batch.id;
    UPDATE archival_archivebatch AS it SET state = 'archived', closed_at = coalesce(it.closed_at, clock_timestamp()), lease_until = NULL,
        restored_at = NULL, restored_until = NULL, updated_at = clock_timestamp(), error = '' WHERE it.id = batch.id;
    PERFORM set_config('sextant.event_decision', '', true);
END $$;

-- Brings events back as before; their keys stay no longer apart, for the hot table has its own.
CREATE OR REPLACE FUNCTION archival_events_return(
    batch_id uuid, at_fence bigint, stay_until timestamptz, ids uuid[], types text[], actors uuid[], targets uuid[], persons uuid[],
    moments timestamptz[], metadatas jsonb[], external_ids text[], created timestamptz[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch archival_archivebatch := archival_batch_held(batch_id, at_fence, ARRAY['archived']);
    back_rows bigint;
    back_digest text;
BEGIN
    PERFORM set_config('sextant.event_decision', 'archival', true);
    DELETE FROM ontology_coldkeys AS cold WHERE cold.batch = batch_id;
    WITH back AS (
        INSERT INTO ontology_event AS event (id, group_id, type, actor_id, target_id, person_id, "timestamp", metadata, external_id, created_at)
        SELECT id, batch.group_id, type, actor, target, person, moment, metadata, external_id, made
        FROM unnest(ids, types, actors, targets, persons, moments, metadatas, external_ids, created)
            AS given (id, type, actor, target, person, moment, metadata, external_id, made)
        RETURNING event.*
    ), kept AS (
        INSERT INTO archival_restoredevent (group_id, batch_id, event_id, "timestamp")
        SELECT batch.group_id, batch.id, back.id, back."timestamp" FROM back
    )
    SELECT count(*), archival_digest(sum(archival_event_number(back::ontology_event))) INTO back_rows, back_digest FROM back;
    IF back_rows <> batch.rows OR back_digest <> batch.digest THEN
        RAISE EXCEPTION 'The object of batch % holds % events of digest %, and % of digest % came back.',
            batch.id, batch.rows, batch.digest, back_rows, back_digest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archived_events_are_those_of_the_object', TABLE = 'archival_archivebatch';
    END IF;
    UPDATE archival_archivebatch AS it SET state = 'restored', restored_at = clock_timestamp(), restored_until = stay_until, lease_until = NULL,
        updated_at = clock_timestamp(), error = '' WHERE it.id = batch.id;
    PERFORM set_config('sextant.event_decision', '', true);
    RETURN back_rows;
END $$;

-- Keeps the keys of a batch that went cold before keys were kept, given as arrays that are, by count, those of its manifest. Returns how many events.
CREATE FUNCTION archival_keys_keep(batch_id uuid, at_fence bigint, ids uuid[], external_ids text[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch archival_archivebatch := archival_batch_held(batch_id, at_fence, ARRAY['archived']);
BEGIN
    IF cardinality(ids) <> batch.rows OR cardinality(external_ids) <> batch.rows THEN
        RAISE EXCEPTION 'The object of batch % holds % events, and keys of % were given.', batch.id, batch.rows, cardinality(ids)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archived_events_are_those_of_the_object', TABLE = 'archival_archivebatch';
    END IF;
    DELETE FROM ontology_coldkeys AS cold WHERE cold.batch = batch_id;
    INSERT INTO ontology_coldkeys (group_id, month, bucket, batch, keys)
    SELECT batch.group_id, batch.month, ontology_key_bucket(key), batch.id, array_agg(key)
    FROM unnest(ids, external_ids) AS it (id, external_id), unnest(ontology_event_keys(it.id, it.external_id)) AS key
    GROUP BY ontology_key_bucket(key);
    RETURN batch.rows;
END $$;
REVOKE EXECUTE ON FUNCTION archival_keys_keep(uuid, bigint, uuid[], text[]) FROM PUBLIC;

-- cold_keys_follow_their_batch: keys go when their events are gone for good, and to the batch that takes the place of theirs.
CREATE FUNCTION archival_cold_keys_follow() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IN ('expired', 'erased') THEN
        DELETE FROM ontology_coldkeys AS cold WHERE cold.batch = NEW.id;
    ELSIF NEW.state = 'archived' AND OLD.state = 'abandoned' THEN
        UPDATE ontology_coldkeys AS cold SET batch = NEW.id WHERE cold.batch = NEW.replaces_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER cold_keys_follow_their_batch AFTER UPDATE OF state ON archival_archivebatch FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION archival_cold_keys_follow();
