DROP FUNCTION archival_batch_dissolve(uuid, bigint, bigint, text);
CREATE OR REPLACE FUNCTION archival_person_erase(in_group uuid, person uuid, pseudonym uuid, words text[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    touched bigint;
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
    PERFORM set_config('sextant.event_decision', '', true);
    RETURN touched;
END $$;
