-- The stage of legacy documents: what COPY fills before legacy_*_load. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_legacy (
    number integer, row_id uuid, old_id text, digest bytea, own_group uuid, moment timestamptz, told jsonb, row jsonb
) ON COMMIT DELETE ROWS
