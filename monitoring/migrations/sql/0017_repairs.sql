-- Repairs of rows that break a rule, and their undoing. The functions run as their owner, since no other role may change or remove events or reach rows
-- without a group; so each demands itself a run at work that names the finding, and keeps the row as it was before and after. What keeps a row from being
-- repaired is returned as a sentence; nothing of it is changed then.

CREATE FUNCTION monitoring_repair_table(kind text) RETURNS regclass LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE kind
        WHEN 'thing' THEN 'ontology_thing' WHEN 'connection' THEN 'ontology_connection' WHEN 'event' THEN 'ontology_event'
        WHEN 'knowledge' THEN 'ontology_knowledge' WHEN 'link' THEN 'ontology_thingknowledge'
    END::regclass
$$;

CREATE FUNCTION monitoring_repair_row(target regclass, key uuid) RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(one) FROM %s AS one WHERE id = $1 FOR UPDATE', target) INTO found USING key;
    RETURN found;
END $$;

-- A repair may give an event a reference back that no writer may, so it goes past the triggers that check it, and notes for the audit seal what it changed.
CREATE FUNCTION monitoring_repair_noted(event_id uuid) RETURNS void LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO monitoring_sealentry (act, decision, made_at, ids, first_at, last_at)
    SELECT 'changed', 'repair', now(), ARRAY[event_id], "timestamp", "timestamp" FROM ontology_event WHERE id = event_id
$$;

CREATE FUNCTION monitoring_repair(in_run uuid, of_finding uuid, repair text, deletion uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    finding monitoring_finding;
    target regclass;
    key uuid;
    before jsonb;
BEGIN
    IF NOT EXISTS (
        SELECT FROM ontology_run WHERE id = in_run AND kind = 'repair' AND state IN ('running', 'pausing', 'cancelling')
            AND parameters -> 'findings' ? of_finding::text
    ) THEN
        RAISE EXCEPTION 'The run % repairs nothing of the finding %.', in_run, of_finding USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO finding FROM monitoring_finding WHERE id = of_finding AND state <> 'resolved'
        AND (ontology_acting_everywhere() OR group_id = ANY (ontology_acting_groups())) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'It is resolved already.';
    END IF;
    target := monitoring_repair_table(finding.kind);
    key := finding.record_id::uuid;
    before := monitoring_repair_row(target, key);
    IF before IS NULL THEN
        RETURN 'The row is there no more.';
    END IF;
    BEGIN
        IF repair = 'delete' THEN
            IF before ->> 'deleted_at' IS NOT NULL THEN
                RETURN 'The row is deleted already.';
            END IF;
            EXECUTE format('UPDATE %s SET deleted_at = statement_timestamp(), deletion_id = $2 WHERE id = $1', target)
                USING key, deletion;
        ELSIF repair = 'clear' AND finding.kind = 'event' THEN
            PERFORM set_config('sextant.event_decision', 'archival', true);
            UPDATE ontology_event AS event SET
                actor_id = (SELECT id FROM ontology_thing AS thing WHERE thing.id = event.actor_id AND thing.group_id = event.group_id),
                target_id = (SELECT id FROM ontology_thing AS thing WHERE thing.id = event.target_id AND thing.group_id = event.group_id)
            WHERE event.id = key;
            PERFORM set_config('sextant.event_decision', '', true);
            PERFORM monitoring_repair_noted(key);
        ELSIF repair = 'clear' AND finding.kind = 'knowledge' THEN
            UPDATE ontology_knowledge SET source_thing_id = NULL, source_field = '' WHERE id = key;
        ELSIF repair = 'quarantine' THEN
            INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document, run_id) VALUES (gen_random_uuid(), finding.kind, key, finding.rule, before, in_run);
            PERFORM set_config('sextant.event_decision', 'undo', true);
            EXECUTE format('DELETE FROM %s WHERE id = $1', target) USING key;
            PERFORM set_config('sextant.event_decision', '', true);
        ELSE
            RETURN 'There is no such repair for this kind of row.';
        END IF;
    EXCEPTION WHEN integrity_constraint_violation THEN
        PERFORM set_config('sextant.event_decision', '', true);
        RETURN 'The database refuses it: ' || SQLERRM;
    END;
    INSERT INTO monitoring_repairedrow (id, group_id, run_id, finding_id, kind, record_id, repair, before, after)
    VALUES (gen_random_uuid(), finding.group_id, in_run, of_finding, finding.kind, finding.record_id, repair, before, monitoring_repair_row(target, key));
    RETURN '';
END $$;

CREATE FUNCTION monitoring_repair_undo(in_run uuid, of_row uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    repaired monitoring_repairedrow;
    target regclass;
    key uuid;
BEGIN
    SELECT * INTO repaired FROM monitoring_repairedrow WHERE id = of_row
        AND (ontology_acting_everywhere() OR group_id = ANY (ontology_acting_groups())) FOR UPDATE;
    IF NOT EXISTS (
        SELECT FROM ontology_run WHERE id = in_run AND kind = 'repair_undo' AND parent_id = repaired.run_id AND state IN ('running', 'pausing', 'cancelling')
    ) THEN
        RAISE EXCEPTION 'The run % undoes nothing of the row %.', in_run, of_row USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF repaired.undone_at IS NOT NULL THEN
        RETURN 'It is undone already.';
    END IF;
    IF repaired.repair = 'recount' THEN
        UPDATE quotas_usage AS usage SET value = (repaired.before ->> 'value')::bigint FROM monitoring_finding AS finding
        WHERE finding.id = repaired.finding_id AND usage.group_id = repaired.group_id AND usage.period = 'total'
            AND usage.metric = finding.metadata ->> 'metric' AND usage.subject = finding.metadata ->> 'subject'
            AND usage.value = (repaired.after ->> 'value')::bigint;
        IF NOT FOUND THEN
            RETURN 'Usage has changed since.';
        END IF;
        UPDATE monitoring_repairedrow SET undone_at = statement_timestamp() WHERE id = of_row;
        RETURN '';
    END IF;
    target := monitoring_repair_table(repaired.kind);
    key := repaired.record_id::uuid;
    IF monitoring_repair_row(target, key) IS DISTINCT FROM repaired.after THEN
        RETURN 'The row was changed since.';
    END IF;
    BEGIN
        IF repaired.repair = 'delete' THEN
            EXECUTE format('UPDATE %s SET deleted_at = $2, deletion_id = $3 WHERE id = $1', target)
                USING key, (repaired.before ->> 'deleted_at')::timestamptz, (repaired.before ->> 'deletion_id')::uuid;
        ELSIF repaired.repair = 'clear' AND repaired.kind = 'event' THEN
            PERFORM set_config('sextant.event_decision', 'archival', true);
            UPDATE ontology_event SET actor_id = (repaired.before ->> 'actor_id')::uuid, target_id = (repaired.before ->> 'target_id')::uuid WHERE id = key;
            PERFORM set_config('sextant.event_decision', '', true);
            PERFORM monitoring_repair_noted(key);
        ELSIF repaired.repair = 'clear' THEN
            UPDATE ontology_knowledge SET source_thing_id = (repaired.before ->> 'source_thing_id')::uuid, source_field = repaired.before ->> 'source_field'
            WHERE id = key;
        ELSE
            DELETE FROM ontology_quarantinedrow WHERE row_id = key AND run_id = repaired.run_id AND state = 'open';
            IF NOT FOUND THEN
                RETURN 'It was decided about in quarantine since.';
            END IF;
            EXECUTE format('INSERT INTO %s SELECT (jsonb_populate_record(NULL::%s, $1)).*', target, target) USING repaired.before;
        END IF;
    EXCEPTION WHEN integrity_constraint_violation THEN
        PERFORM set_config('sextant.event_decision', '', true);
        RETURN 'The database refuses it: ' || SQLERRM;
    END;
    UPDATE monitoring_repairedrow SET undone_at = statement_timestamp() WHERE id = of_row;
    RETURN '';
END $$;
REVOKE ALL ON FUNCTION monitoring_repair_table(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION monitoring_repair_row(regclass, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION monitoring_repair_noted(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION monitoring_repair(uuid, uuid, text, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION monitoring_repair_undo(uuid, uuid) FROM PUBLIC;
