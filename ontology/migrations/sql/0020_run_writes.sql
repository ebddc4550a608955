-- What a run wrote and removed belongs to its group.
SELECT ontology_isolate('ontology_runwrite');
SELECT ontology_isolate('ontology_runkept');

-- One more decision that may remove events: undoing the run that wrote them, which keeps each of them whole.
CREATE OR REPLACE FUNCTION ontology_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('sextant.event_decision', true), '') NOT IN ('archival', 'retention', 'erasure', 'migration', 'undo') THEN
        RAISE EXCEPTION 'Events are append-only: % is refused.', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'event_is_append_only', TABLE = 'ontology_event';
    END IF;
    RETURN NULL;
END $$;

-- Takes events away that the run undone by UNDOING created in IN_GROUP, and keeps them under it; how many. Runs as its owner, since no other role may
-- remove events, and so demands itself: a group of the scope, a run that undoes, and events that the undone run wrote.
CREATE FUNCTION ontology_run_events_take(undoing uuid, in_group uuid, events uuid[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken integer;
    undone uuid := (SELECT parent_id FROM ontology_run WHERE id = undoing AND kind = 'undo' AND state IN ('running', 'pausing', 'cancelling'));
BEGIN
    IF undone IS NULL OR NOT (ontology_acting_everywhere() OR in_group = ANY (ontology_acting_groups())) THEN
        RAISE EXCEPTION 'The run % undoes nothing in group %.', undoing, in_group
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'event_is_append_only', TABLE = 'ontology_event';
    END IF;
    PERFORM set_config('sextant.event_decision', 'undo', true);
    WITH mine AS (
        SELECT DISTINCT w.id FROM unnest(events) AS w (id) JOIN (
            SELECT unnest(ids) AS id FROM ontology_runwrite
            WHERE run_id = undone AND group_id = in_group AND kind = 'event' AND act = 'created'
        ) AS written USING (id)
    ), gone AS (
        DELETE FROM ontology_event AS e USING mine WHERE e.id = mine.id AND e.group_id = in_group RETURNING e.id, to_jsonb(e) AS whole
    ), kept AS (
        INSERT INTO ontology_runkept (id, run_id, group_id, kind, row_id, row)
        SELECT gen_random_uuid(), undoing, in_group, 'event', id, whole FROM gone RETURNING 1
    )
    SELECT count(*) INTO taken FROM kept;
    PERFORM set_config('sextant.event_decision', '', true);
    RETURN taken;
END $$;
