-- The number of an event in a batch's digest: the last 64 bits of the MD5 of its text. Numbers are added up modulo 2^64, so a digest knows no order.
-- archival/sql/file_digest.sql says the same to DuckDB, over the columns of a file. It guards against loss and change on the way, not against
-- forgers: the SHA-256 of the object does that.
CREATE FUNCTION archival_event_number(event ontology_event) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ('x' || substr(md5(concat(
        event.id, chr(31), event.group_id, chr(31), event.type, chr(31), event.actor_id, chr(31), event.target_id, chr(31), event.person_id, chr(31),
        round(date_part('epoch', event."timestamp") * 1000000)::bigint, chr(31), round(date_part('epoch', event.created_at) * 1000000)::bigint, chr(31),
        '=' || event.external_id, chr(31), event.metadata
    )), 17))::bit(64)::bigint
$$;
-- A sum of such numbers as 16 hexadecimal digits.
CREATE FUNCTION archival_digest(total numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lpad(to_hex((CASE WHEN part >= 9223372036854775808 THEN part - 18446744073709551616 ELSE part END)::bigint), 16, '0')
    FROM (SELECT mod(mod(coalesce(total, 0), 18446744073709551616) + 18446744073709551616, 18446744073709551616) AS part) AS positive
$$;

-- The batch that a worker holds, locked. archive_batch_in_scope, archive_batch_is_held: nobody moves events of groups it does not act for, nor of a batch
-- that another has taken over meanwhile.
CREATE FUNCTION archival_batch_held(batch_id uuid, at_fence bigint, states text[]) RETURNS archival_archivebatch
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    batch archival_archivebatch;
BEGIN
    SELECT * INTO batch FROM archival_archivebatch WHERE id = batch_id FOR UPDATE;
    IF NOT FOUND OR NOT (ontology_acting_everywhere() OR batch.group_id = ANY (ontology_acting_groups())) THEN
        RAISE EXCEPTION 'The batch % is out of reach.', batch_id
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'archive_batch_in_scope', TABLE = 'archival_archivebatch';
    END IF;
    IF batch.fence <> at_fence OR batch.state <> ALL (states) THEN
        RAISE EXCEPTION 'The batch % is % at fence %, not held at fence %.', batch_id, batch.state, batch.fence, at_fence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'archive_batch_is_held', TABLE = 'archival_archivebatch';
    END IF;
    RETURN batch;
END $$;

-- archived_events_are_those_of_the_object: deletes the hot rows of a batch whose object was read back, or that was restored, and returns them, for
-- the caller to carry what metrics need. Events are only ever added, so rows that are as many as those of an equal digest are the same.
CREATE FUNCTION archival_events_leave(batch_id uuid, at_fence bigint) RETURNS SETOF ontology_event
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

-- Brings the events of an archived batch back, given as arrays, and keeps their ids until the batch goes cold again. Refused unless they are, by
-- count and digest, those of the manifest (archived_events_are_those_of_the_object). Returns how many.
CREATE FUNCTION archival_events_return(
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

-- Puts a pseudonym in a person's place in the hot events of a group: as the person who did it, and wherever one of WORDS (their id, address, names)
-- stands in metadata. Returns how many events. hold_stops_erasure: not while the group is under a legal hold.
CREATE FUNCTION archival_person_erase(in_group uuid, person uuid, pseudonym uuid, words text[]) RETURNS bigint
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
CREATE FUNCTION archival_words_erased(metadata jsonb, words text[], pseudonym uuid) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    told text := metadata::text;
    word text;
BEGIN
    FOREACH word IN ARRAY words LOOP
        told := replace(told, word, pseudonym::text);
    END LOOP;
    RETURN told::jsonb;
END $$;

-- archive_manifest_stays: what a batch says of its object never changes once rows have left on its word; and hold_stops_deletion: while a legal hold
-- stands, no batch of the group expires, is rewritten, or loses its key.
CREATE FUNCTION archival_batch_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.group_id, NEW.month, NEW.key, NEW.bytes, NEW.sha256, NEW.rows, NEW.digest, NEW.min_timestamp, NEW.max_timestamp) IS DISTINCT FROM
        (OLD.group_id, OLD.month, OLD.key, OLD.bytes, OLD.sha256, OLD.rows, OLD.digest, OLD.min_timestamp, OLD.max_timestamp) THEN
        RAISE EXCEPTION 'The manifest of batch % stands: its events left on its word.', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'archive_manifest_stays', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.state IN ('expired', 'replaced', 'erased') AND NEW.state <> OLD.state
        AND EXISTS (SELECT FROM archival_legalhold WHERE group_id = OLD.group_id AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'A legal hold keeps the batch %.', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'hold_stops_deletion', TABLE = TG_TABLE_NAME;
    END IF;
    IF OLD.state IN ('expired', 'replaced', 'erased') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'The batch % is %, for good.', OLD.id, OLD.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'archive_manifest_stays', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER archive_manifest_stays BEFORE UPDATE ON archival_archivebatch FOR EACH ROW
    WHEN (OLD.state IN ('archived', 'restored', 'expired', 'replaced', 'erased')) EXECUTE FUNCTION archival_batch_kept();
-- archive_batch_is_never_deleted: the ledger adds up what batches say, also those whose objects are gone.
CREATE FUNCTION archival_batch_undeleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The batch % is part of the ledger.', OLD.id
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'archive_batch_is_never_deleted', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER archive_batch_is_never_deleted BEFORE DELETE ON archival_archivebatch FOR EACH ROW
    WHEN (OLD.state IN ('archived', 'restored', 'expired', 'replaced', 'erased')) EXECUTE FUNCTION archival_batch_undeleted();

SELECT ontology_isolate('archival_archivebatch');
SELECT ontology_isolate('archival_archiveobject');
SELECT ontology_isolate('archival_restoredevent');
SELECT ontology_isolate('archival_archivepolicy');
SELECT ontology_isolate('archival_legalhold');
SELECT ontology_isolate('archival_groupkey');
REVOKE EXECUTE ON FUNCTION archival_batch_held(uuid, bigint, text[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION archival_events_leave(uuid, bigint) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION archival_events_return(
    uuid, bigint, timestamptz, uuid[], text[], uuid[], uuid[], uuid[], timestamptz[], jsonb[], text[], timestamptz[]
) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION archival_person_erase(uuid, uuid, uuid, text[]) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ontology_event_partition_drop(timestamptz, integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION ontology_events_accepted_fold() FROM PUBLIC;
