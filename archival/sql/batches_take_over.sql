-- Takes over a batch whose worker gave no sign for a lease: it begins anew, at a fence of its own.
-- Takes: worker, lease_seconds, groups (null: all in scope). Returns: the batch's id, or nothing. Cost: one entry of archive_batch_at_work.
UPDATE archival_archivebatch SET
    worker = %(worker)s, fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s), state = 'claimed',
    updated_at = clock_timestamp()
WHERE id = (
    SELECT id FROM archival_archivebatch
    WHERE state IN ('claimed', 'exported', 'stored', 'verified') AND lease_until < clock_timestamp()
        AND (%(groups)s::uuid[] IS NULL OR group_id = ANY (%(groups)s))
    ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
