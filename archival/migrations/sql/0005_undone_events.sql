-- Ends a restored batch of which an undone run has taken events since: what is left of them stays hot, to be archived anew, and the object counts no
-- more. Refused unless those left are, by count and digest, what the caller found of them in the object, and each of the others is kept by a run
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

-- As before, and also in events that undone runs keep, for they may come back.
CREATE OR REPLACE FUNCTION archival_person_erase(in_group uuid, person uuid, pseudonym uuid, words text[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    touched bigint;
    kept_touched bigint;
BEGIN
    IF NOT (ontology_acting_everywhere() OR in_group = ANY (ontology_acting_groups())) THEN
        RAISE EXCEPTION 'The group % is out of reach.', in_group USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'archive_batch_in_scope';
    END IF;
    IF EXISTS (SELECT FROM archival_legalhold WHERE group_id = in_group AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'The group % is under a legal hold.', in_group
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_stops_erasure', TABLE = 'archival_legalhold';
    END IF;
    PERFORM set_config('sextant.event_decision', 'erasure', true);
    UPDATE ontology_event AS event SET
        person_id = CASE WHEN event.person_id = person THEN pseudonym ELSE event.person_id END,
        metadata = archival_words_erased(event.metadata, words, pseudonym)
    WHERE event.group_id = in_group
        AND (event.person_id = person OR EXISTS (SELECT FROM unnest(words) AS word WHERE strpos(event.metadata::text, word) > 0));
    GET DIAGNOSTICS touched = ROW_COUNT;
    UPDATE ontology_runkept AS kept SET row = kept.row
        || jsonb_build_object('metadata', archival_words_erased(kept.row -> 'metadata', words, pseudonym))
        || CASE WHEN kept.row ->> 'person_id' = person::text THEN jsonb_build_object('person_id', pseudonym) ELSE '{}' END
    WHERE kept.group_id = in_group AND kept.kind = 'event'
        AND (kept.row ->> 'person_id' = person::text OR EXISTS (SELECT FROM unnest(words) AS word WHERE strpos(kept.row ->> 'metadata', word) > 0));
    GET DIAGNOSTICS kept_touched = ROW_COUNT;
    PERFORM set_config('sextant.event_decision', '', true);
    RETURN touched + kept_touched;
END $$;
