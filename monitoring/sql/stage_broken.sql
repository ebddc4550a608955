-- The broken rows of one check, until the transaction ends. Takes and returns nothing. Cost: a table of the session, made once.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_broken (group_id uuid, kind text, record_id text, reason text, metadata jsonb) ON COMMIT DELETE ROWS
