-- The stage of things: what COPY fills before things_insert. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_thing (
    id uuid, type text, name text, properties jsonb, status text, external_id text, created_at timestamptz
) ON COMMIT DELETE ROWS
