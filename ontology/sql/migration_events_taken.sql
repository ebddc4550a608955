-- Legacy events of a range whose external id another event of their group and month has, or one before them in the range. Takes: after, until (ids),
-- since, latest (their moments), default. Returns: ids. Cost: a few probes per event, and a sort.
SELECT id FROM (
    SELECT e.id, row_number() OVER (PARTITION BY p.to_group, e.external_id, date_trunc('month', e."timestamp", 'UTC') ORDER BY e.id) > 1
        OR EXISTS (SELECT FROM ontology_event AS o WHERE o.group_id = p.to_group AND o.external_id = e.external_id
            AND date_trunc('month', o."timestamp", 'UTC') = date_trunc('month', e."timestamp", 'UTC')
            AND o."timestamp" >= date_trunc('month', %(since)s::timestamptz, 'UTC')
            AND o."timestamp" < date_trunc('month', %(latest)s::timestamptz, 'UTC') + interval '32 days') AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_event AS e ON e.id = l.row_id AND e.group_id IS NULL AND e."timestamp" BETWEEN %(since)s AND %(latest)s
    LEFT JOIN ontology_group AS g ON g.id = l.own_group
    LEFT JOIN ontology_thing AS a ON a.id = e.actor_id
    LEFT JOIN ontology_thing AS t ON t.id = e.target_id
    CROSS JOIN LATERAL (SELECT coalesce(g.id, a.group_id, t.group_id, %(default)s) AS to_group) AS p
    WHERE l.kind = 'event' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND e.external_id IS NOT NULL
) AS found WHERE taken
