-- What migration would do with legacy events. Takes: default. Returns: events, references cleared, external ids that another event of the group and
-- month has. Cost: a look at every legacy event and its things, a sort, and a look at the events of groups that have external ids.
WITH found AS (
    SELECT e.id, e."timestamp", l.told, e.type AS told_type, e.external_id,
        CASE a.schema_version WHEN 1 THEN a.group_id ELSE al.to_group END AS actor_group,
        CASE t.schema_version WHEN 1 THEN t.group_id ELSE tl.to_group END AS target_group,
        g.id AS own, e.actor_id, e.target_id, coalesce(al.old_id, e.actor_id::text) AS actor_old, coalesce(tl.old_id, e.target_id::text) AS target_old
    FROM ontology_legacyrow AS l
    JOIN ontology_event AS e ON e.id = l.row_id AND e.group_id IS NULL
    LEFT JOIN ontology_group AS g ON g.id = l.own_group
    LEFT JOIN ontology_thing AS a ON a.id = e.actor_id
    LEFT JOIN ontology_legacyrow AS al ON al.kind = 'thing' AND al.row_id = a.id
    LEFT JOIN ontology_thing AS t ON t.id = e.target_id
    LEFT JOIN ontology_legacyrow AS tl ON tl.kind = 'thing' AND tl.row_id = t.id
    WHERE l.kind = 'event'
), placed AS (
    SELECT *, coalesce(own, actor_group, target_group, %(default)s) AS to_group FROM found
), judged AS (
    SELECT (actor_id IS NOT NULL AND actor_group IS DISTINCT FROM to_group)::integer
            + (target_id IS NOT NULL AND target_group IS DISTINCT FROM to_group)::integer AS cleared,
        external_id IS NOT NULL AND (
            row_number() OVER (PARTITION BY to_group, external_id, date_trunc('month', "timestamp", 'UTC') ORDER BY id) > 1
            OR EXISTS (SELECT FROM ontology_event AS o WHERE o.group_id = p.to_group AND o.external_id = p.external_id
                AND date_trunc('month', o."timestamp", 'UTC') = date_trunc('month', p."timestamp", 'UTC'))) AS taken
    FROM placed AS p
)
SELECT count(*), coalesce(sum(cleared), 0), count(*) FILTER (WHERE taken) FROM judged
