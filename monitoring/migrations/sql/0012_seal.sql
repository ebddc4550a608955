-- The leaf of an event in the audit seal: the first 16 bytes of the SHA-256 of its text, the text whose MD5 archival_event_number takes.
-- monitoring/sql/cold_leaves.sql says the same to DuckDB.
CREATE FUNCTION monitoring_event_leaf(event ontology_event) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT substring(sha256(convert_to(concat(
        event.id, chr(31), event.group_id, chr(31), event.type, chr(31), event.actor_id, chr(31), event.target_id, chr(31), event.person_id, chr(31),
        round(date_part('epoch', event."timestamp") * 1000000)::bigint, chr(31), round(date_part('epoch', event.created_at) * 1000000)::bigint, chr(31),
        '=' || event.external_id, chr(31), event.metadata
    ), 'UTF8')) FOR 16)
$$;

-- events_are_noted_for_the_seal: each statement that adds events, and each lawful one that changes or takes them, leaves a row that commits with it,
-- so that late commits are sealed when they come. Moves to the archive and back change no event.
CREATE FUNCTION monitoring_events_noted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    decision text := coalesce(current_setting('sextant.event_decision', true), '');
BEGIN
    IF decision = 'archival' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        INSERT INTO monitoring_sealentry (act, decision, made_at, ids, first_at, last_at)
        SELECT 'removed', decision, now(), array_agg(id), min("timestamp"), max("timestamp") FROM old_rows HAVING count(*) > 0;
    ELSE
        INSERT INTO monitoring_sealentry (act, decision, made_at, ids, first_at, last_at)
        SELECT CASE TG_OP WHEN 'INSERT' THEN 'added' ELSE 'changed' END, decision, now(), array_agg(id), min("timestamp"), max("timestamp")
        FROM new_rows HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER events_are_noted_for_the_seal AFTER INSERT ON ontology_event REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_events_noted();
CREATE TRIGGER changed_events_are_noted_for_the_seal AFTER UPDATE ON ontology_event REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_events_noted();
CREATE TRIGGER removed_events_are_noted_for_the_seal AFTER DELETE ON ontology_event REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION monitoring_events_noted();
