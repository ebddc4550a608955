-- Months of groups where the events accepted are not the hot, cold, expired and erased ones together. Takes: group (null: all).
-- Returns: group, kind, id, reason, metadata. Cost: as the ledger: the index entries of all hot events in question.
SELECT line.group_id, 'month', concat_ws(':', line.group_id, to_char(line.month, 'YYYY-MM')),
    CASE WHEN line.accepted > line.hot + line.cold + line.expired + line.erased THEN 'lost' ELSE 'more' END,
    jsonb_build_object('month', to_char(line.month, 'YYYY-MM'), 'accepted', line.accepted, 'hot', line.hot, 'cold', line.cold,
        'expired', line.expired, 'erased', line.erased, 'gap', line.accepted - line.hot - line.cold - line.expired - line.erased)
FROM ({ledger}) AS line (group_id, month, accepted, hot, cold, expired, erased)
WHERE line.accepted <> line.hot + line.cold + line.expired + line.erased
