-- Gives a repaired row back what it was. Takes: run, row. Returns: why it stays as it is; "" where it is as it was. Cost: a row version, or an insert.
SELECT monitoring_repair_undo(%(run)s, %(row)s)
