-- How many cold events the active custom metrics of a group were never asked about: those that were carried before the formula, and are of its type.
-- Takes: group, today (a date). Returns: metric, events (may match or not); none for metrics that carried rows answer by themselves.
-- Cost: the group's carried rows of those types, by carried_events_by_type.
SELECT metric.id, sum(carried.count)::bigint
FROM ontology_custommetric AS metric
JOIN ontology_carriedevents AS carried ON carried.group_id = metric.group_id AND metric.event_type IN ('', carried.type)
WHERE metric.group_id = %(group)s AND metric.active AND (metric.path <> '' OR metric.sum_key <> '')
  AND carried.carried_at < metric.formula_since
  AND (metric.window_days IS NULL OR carried.day > %(today)s::date - metric.window_days)
GROUP BY metric.id
