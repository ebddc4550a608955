-- Adds the deltas of one row of usage to it.
-- Takes: group, metric, subject. Returns: how many deltas. Cost: one index scan.
SELECT quotas_fold(%(group)s, %(metric)s, %(subject)s)
