-- Keeps the keys of a batch's cold events, so that one sent again is found. Takes: batch, fence, ids, external_ids. Returns: how many events.
-- Cost: at most 256 rows.
SELECT archival_keys_keep(%(batch)s, %(fence)s, %(ids)s::uuid[], %(external_ids)s::text[])
