-- Events older than the cutoff of their group: how many are archived, and how many are in the database still (restored ones aside).
-- Takes: groups, cutoffs (a place each). Returns: group, archived, due. Cost: the index entries of the events due, and the manifests.
SELECT rule.group_id,
    coalesce((SELECT sum(rows) FROM archival_archivebatch AS batch WHERE batch.group_id = rule.group_id AND batch.state IN ('archived', 'restored')), 0)::bigint,
    (
        SELECT count(*) FROM ontology_event AS event
        WHERE event.group_id = rule.group_id AND event."timestamp" < rule.cutoff
            AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
    )
FROM unnest(%(groups)s::uuid[], %(cutoffs)s::timestamptz[]) AS rule (group_id, cutoff)
