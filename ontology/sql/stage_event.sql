-- The stage of events: what COPY fills before events_insert. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_event (
    id uuid, type text, actor_id uuid, target_id uuid, person_id uuid, "timestamp" timestamptz, metadata jsonb, external_id text
) ON COMMIT DELETE ROWS
