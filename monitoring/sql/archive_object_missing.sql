-- Archived batches whose object was missing or damaged when it was last read back, or was never announced, or is removed.
-- Takes: group (null: all). Returns: group, kind, id, reason, metadata. Cost: reads the manifests of batches that count; a key's entry each.
SELECT batch.group_id, 'batch', batch.id::text,
    CASE WHEN batch.verification IN ('missing', 'damaged') THEN batch.verification WHEN object.state IS NULL THEN 'unannounced' ELSE object.state END,
    jsonb_build_object('key', batch.key, 'month', to_char(batch.month, 'YYYY-MM'), 'rows', batch.rows, 'verifiedAt', batch.verified_at)
FROM archival_archivebatch AS batch LEFT JOIN archival_archiveobject AS object ON object.key = batch.key
WHERE batch.state IN ('archived', 'restored') AND (%(group)s::uuid IS NULL OR batch.group_id = %(group)s)
    AND (batch.verification IN ('missing', 'damaged') OR object.state IS DISTINCT FROM 'kept')
