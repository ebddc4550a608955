-- Ends a restored batch of which an undone run has taken events since: what is left of them stays hot, to be archived anew, and the object counts no more.
-- Refused unless those left are, by count and digest, what the caller found of them in the object, and each of the others is kept by a run
-- (archived_events_are_those_of_the_object). Returns how many are left.
CREATE FUNCTION archival_batch_dissolve(batch_id uuid, at_fence bigint, of_object bigint, digest_of_object text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch archival_archivebatch := archival_batch_held(batch_id, at_fence, ARRAY['restored']);
    left_rows bigint;
    left_digest text;
    lost bigint;
BEGIN
    SELECT count(*), archival_digest(sum(archival_event_number(event))) INTO left_rows, left_digest
    FROM archival_restoredevent AS back
    JOIN ontology_event AS event ON event.id = back.event_id AND event."timestamp" = back."timestamp" AND event.group_id = batch.group_id
    WHERE back.batch_id = batch.id;
    SELECT count(*) INTO lost FROM archival_restoredevent AS back
    WHERE back.batch_id = batch.id
        AND NOT EXISTS (SELECT FROM ontology_event AS event WHERE event.id = back.event_id AND event."timestamp" = back."timestamp")
        AND NOT EXISTS (
            SELECT FROM ontology_runkept AS kept WHERE kept.group_id = batch.group_id AND kept.kind = 'event' AND kept.row_id = back.event_id
        );
    IF left_rows <> of_object OR left_digest <> digest_of_object OR lost > 0 THEN
        RAISE EXCEPTION 'Of the restored batch % the database holds % events of digest %, its object % of digest %; no run has kept % others.',
            batch.id, left_rows, left_digest, of_object, digest_of_object, lost
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archived_events_are_those_of_the_object', TABLE = 'archival_archivebatch';
    END IF;
    DELETE FROM archival_restoredevent AS back WHERE back.batch_id = batch.id;
    UPDATE archival_archivebatch AS it SET state = 'replaced', lease_until = NULL, restored_until = NULL, updated_at = clock_timestamp(), error = ''
    WHERE it.id = batch.id;
    RETURN left_rows;
END $$;
REVOKE EXECUTE ON FUNCTION archival_batch_dissolve(uuid, bigint, bigint, text) FROM PUBLIC;
