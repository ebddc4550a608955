-- Recorded usage that differs from the rows it counts. Takes: group (null: all). Returns: group, kind, id, reason, metadata.
-- Cost: as the recount of quotas: reads every live row of the groups.
SELECT drift.group_id, 'usage', concat_ws(':', drift.group_id, drift.metric, nullif(drift.subject, '')),
    CASE WHEN drift.recorded IS NULL THEN 'no_row' WHEN drift.recorded > drift.counted THEN 'more' ELSE 'fewer' END,
    jsonb_build_object('metric', drift.metric, 'subject', drift.subject, 'recorded', drift.recorded, 'counted', drift.counted)
FROM ({recount}) AS drift (group_id, metric, subject, recorded, counted)
