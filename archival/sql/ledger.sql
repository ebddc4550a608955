-- The ledger of events: how many were accepted, and where they are. Takes: group (null: every group in scope).
-- Returns: group, month, accepted, hot, cold, expired, erased. Cost: the index entries of all hot events in question, a row per batch and piece.
WITH accepted AS (
    SELECT group_id, month, sum(count)::bigint AS count FROM ontology_eventsaccepted
    WHERE %(group)s::uuid IS NULL OR group_id = %(group)s GROUP BY 1, 2
), hot AS (
    SELECT group_id, date_trunc('month', "timestamp" AT TIME ZONE 'UTC')::date AS month, count(*) AS count FROM ontology_event
    WHERE group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1, 2
), away AS (
    SELECT group_id, month,
        coalesce(sum(rows) FILTER (WHERE state = 'archived'), 0)::bigint AS cold,
        coalesce(sum(rows) FILTER (WHERE state = 'expired'), 0)::bigint AS expired,
        coalesce(sum(rows) FILTER (WHERE state = 'erased'), 0)::bigint AS erased
    FROM archival_archivebatch
    WHERE state IN ('archived', 'expired', 'erased') AND (%(group)s::uuid IS NULL OR group_id = %(group)s) GROUP BY 1, 2
)
SELECT group_id, month, coalesce(accepted.count, 0), coalesce(hot.count, 0), coalesce(away.cold, 0), coalesce(away.expired, 0),
    coalesce(away.erased, 0)
FROM accepted FULL JOIN hot USING (group_id, month) FULL JOIN away USING (group_id, month)
ORDER BY group_id, month
