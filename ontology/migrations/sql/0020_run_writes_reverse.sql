DROP FUNCTION ontology_run_events_take(uuid, uuid, uuid[]);
CREATE OR REPLACE FUNCTION ontology_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('sextant.event_decision', true), '') NOT IN ('archival', 'retention', 'erasure', 'migration') THEN
        RAISE EXCEPTION 'Events are append-only: % is refused.', TG_OP
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'event_is_append_only', TABLE = 'ontology_event';
    END IF;
    RETURN NULL;
END $$;
