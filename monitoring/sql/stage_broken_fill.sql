-- Fills the stage with what a check finds. Takes: what the check takes, and the check itself. Returns: how many rows are broken. Cost: the check's.
INSERT INTO stage_broken (group_id, kind, record_id, reason, metadata) {check}
