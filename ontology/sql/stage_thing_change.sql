-- The stage of changed things: what COPY fills before things_update. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_thing_change (id uuid, name text, properties jsonb, status text) ON COMMIT DELETE ROWS
