-- Repairs the row of a finding. Takes: run, finding, repair, deletion (the event that tells it). Returns: why it stays as it is; "" where it is repaired.
-- Cost: a row version, or a deletion.
SELECT monitoring_repair(%(run)s, %(finding)s, %(repair)s, %(deletion)s)
