-- Archived batches whose carried numbers, which every metric adds up, do not come to their events; and carried numbers of a batch that is not archived.
-- Takes: group (null: all). Returns: group, kind, id, reason, metadata. Cost: reads the carried rows and the manifests.
WITH carried AS (
    SELECT group_id, batch, sum(count)::bigint AS events FROM ontology_carriedevents WHERE %(group)s::uuid IS NULL OR group_id = %(group)s GROUP BY 1, 2
), kept AS (
    SELECT group_id, id AS batch, rows FROM archival_archivebatch
    WHERE state IN ('archived', 'expired', 'erased') AND (%(group)s::uuid IS NULL OR group_id = %(group)s)
)
SELECT group_id, 'batch', batch::text,
    CASE WHEN kept.rows IS NULL THEN 'not_archived' WHEN carried.events IS NULL THEN 'not_carried' ELSE 'differs' END,
    jsonb_build_object('archived', kept.rows, 'carried', carried.events)
FROM kept FULL JOIN carried USING (group_id, batch)
WHERE kept.rows IS DISTINCT FROM carried.events
