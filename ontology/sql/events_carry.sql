-- Carries the events of the stage: writes what metrics need of them, for they leave the hot table in this transaction.
-- Takes: group, batch, exact_days (younger events keep a row per moment). Returns: events carried, rows by day, rows by target, rows of custom metrics.
-- Cost: one read of the stage, one more per custom metric of the group; one row per day, type and actor, and per month, type and target.
WITH moved AS MATERIALIZED (
    SELECT
        stage.type, stage.actor_id, stage.target_id, stage."timestamp" AS moment, stage.metadata,
        (stage."timestamp" AT TIME ZONE 'UTC')::date AS day,
        CASE WHEN stage."timestamp" > statement_timestamp() - make_interval(days => %(exact_days)s) THEN stage."timestamp" END AS exact,
        ontology_event_revenue(stage.metadata, coalesce(rule.revenue_key, ''), rule.revenue_when) AS revenue
    FROM stage_event AS stage
    LEFT JOIN ontology_eventtype AS rule ON rule.name = stage.type
), by_day AS (
    INSERT INTO ontology_carriedevents (group_id, batch, day, type, actor_id, count, first_at, last_at, revenue)
    SELECT %(group)s, %(batch)s, day, type, actor_id, count(*), min(moment), max(moment), sum(revenue) FROM moved GROUP BY day, type, actor_id, exact
    RETURNING count
), by_target AS (
    INSERT INTO ontology_carriedtargets (group_id, batch, month, type, target_id, count, first_at, last_at, revenue)
    SELECT %(group)s, %(batch)s, date_trunc('month', day)::date, type, target_id, count(*), min(moment), max(moment), sum(revenue)
    FROM moved
    WHERE target_id IS NOT NULL
    GROUP BY date_trunc('month', day), type, target_id
    RETURNING 1
), by_metric AS (
    INSERT INTO ontology_carriedmetric (group_id, batch, metric_id, day, actor_id, count, amount)
    SELECT
        %(group)s, %(batch)s, metric.id, moved.day, moved.actor_id, count(*),
        sum(CASE WHEN jsonb_typeof(moved.metadata -> metric.sum_key) = 'number' THEN (moved.metadata ->> metric.sum_key)::numeric ELSE 0 END)
    FROM ontology_custommetric AS metric
    JOIN moved ON metric.event_type IN ('', moved.type)
    WHERE metric.group_id = %(group)s AND (metric.path <> '' OR metric.sum_key <> '')
      AND (metric.path = '' OR jsonb_path_match(moved.metadata, metric.path::jsonpath, metric.path_values, true))
    GROUP BY metric.id, moved.day, moved.actor_id
    RETURNING 1
)
SELECT
    (SELECT coalesce(sum(count), 0)::bigint FROM by_day), (SELECT count(*) FROM by_day), (SELECT count(*) FROM by_target),
    (SELECT count(*) FROM by_metric)
