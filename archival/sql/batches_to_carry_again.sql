-- The archived batches that carried what they hold before a custom metric of their group was defined or changed, so that it was never asked of them;
-- and those that went cold before keys were kept.
-- Takes: group (null: every group in scope). Returns: batch ids. Cost: the carried rows of groups with such metrics, by carried_events_by_type.
SELECT batch.id FROM archival_archivebatch AS batch
WHERE batch.state = 'archived' AND (%(group)s::uuid IS NULL OR batch.group_id = %(group)s) AND (EXISTS (
    SELECT FROM ontology_custommetric AS metric
    JOIN ontology_carriedevents AS carried ON carried.group_id = metric.group_id AND metric.event_type IN ('', carried.type)
    WHERE metric.group_id = batch.group_id AND metric.active AND (metric.path <> '' OR metric.sum_key <> '')
        AND carried.batch = batch.id AND carried.carried_at < metric.formula_since
) OR NOT EXISTS (SELECT FROM ontology_coldkeys AS cold WHERE cold.batch = batch.id))
ORDER BY batch.id
