-- The stage of connections: what COPY fills before connections_insert. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_connection (
    id uuid, from_thing_id uuid, to_thing_id uuid, type text, metadata jsonb, strength double precision, valid_from timestamptz, valid_to timestamptz
) ON COMMIT DELETE ROWS
