-- Ends a restored batch of which events were undone; what is left stays hot. Takes: batch, fence, rows and digest of what its object holds of those left.
-- Returns: how many are left. Cost: the batch's events by their keys, one read of what runs have kept.
SELECT archival_batch_dissolve(%(batch)s, %(fence)s, %(rows)s, %(digest)s)
