DROP TRIGGER cold_keys_follow_their_batch ON archival_archivebatch;
DROP FUNCTION archival_cold_keys_follow();
DROP FUNCTION archival_keys_keep(uuid, bigint, uuid[], text[]);
CREATE OR REPLACE FUNCTION archival_events_leave(batch_id uuid, at_fence bigint) RETURNS SETOF ontology_event
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch archival_archivebatch := archival_batch_held(batch_id, at_fence, ARRAY['verified', 'restored']);
    month_begins timestamptz := batch.month::timestamp AT TIME ZONE 'UTC';
    month_ends timestamptz := (batch.month + interval '1 month') AT TIME ZONE 'UTC';
    found_rows bigint;
    found_digest text;
    gone bigint;
BEGIN
    PERFORM set_config('sextant.event_decision', 'archival', true);
    IF batch.state = 'verified' THEN
        SELECT count(*), archival_digest(sum(archival_event_number(event))) INTO found_rows, found_digest FROM ontology_event AS event
        WHERE event.group_id = batch.group_id AND event."timestamp" >= month_begins AND event."timestamp" < month_ends
            AND event."timestamp" < batch.cutoff AND event."timestamp" <= batch.upto_timestamp
            AND (event."timestamp", event.id) <= (batch.upto_timestamp, batch.upto_id)
            AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp");
    ELSE
        SELECT count(*), archival_digest(sum(archival_event_number(event))) INTO found_rows, found_digest
        FROM archival_restoredevent AS back
        JOIN ontology_event AS event ON event.id = back.event_id AND event."timestamp" = back."timestamp"
        WHERE back.batch_id = batch.id AND event.group_id = batch.group_id
            AND event."timestamp" >= month_begins AND event."timestamp" < month_ends;
    END IF;
    IF found_rows <> batch.rows OR found_digest <> batch.digest THEN
        RAISE EXCEPTION 'The object of batch % holds % events of digest %, the database % of digest %.',
            batch.id, batch.rows, batch.digest, found_rows, found_digest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archived_events_are_those_of_the_object', TABLE = 'archival_archivebatch';
    END IF;
    IF batch.state = 'verified' THEN
        RETURN QUERY DELETE FROM ontology_event AS event
        WHERE event.group_id = batch.group_id AND event."timestamp" >= month_begins AND event."timestamp" < month_ends
            AND event."timestamp" < batch.cutoff AND event."timestamp" <= batch.upto_timestamp
            AND (event."timestamp", event.id) <= (batch.upto_timestamp, batch.upto_id)
            AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
        RETURNING event.*;
    ELSE
        RETURN QUERY DELETE FROM ontology_event AS event USING archival_restoredevent AS back
        WHERE back.batch_id = batch.id AND event.id = back.event_id AND event."timestamp" = back."timestamp" AND event.group_id = batch.group_id
            AND event."timestamp" >= month_begins AND event."timestamp" < month_ends
        RETURNING event.*;
    END IF;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> batch.rows THEN
        RAISE EXCEPTION 'The object of batch % holds % events, and % would be deleted.', batch.id, batch.rows, gone
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archived_events_are_those_of_the_object', TABLE = 'archival_archivebatch';
    END IF;
    DELETE FROM archival_restoredevent AS back WHERE back.batch_id = batch.id;
    UPDATE archival_archivebatch AS it SET state = 'archived', closed_at = coalesce(it.closed_at, clock_timestamp()), lease_until = NULL,
        restored_at = NULL, restored_until = NULL, updated_at = clock_timestamp(), error = '' WHERE it.id = batch.id;
    PERFORM set_config('sextant.event_decision', '', true);
END $$;
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
DROP FUNCTION archival_batch_is_whole(archival_archivebatch, bigint, numeric);
