-- Legacy events of a range become v1: in their own group, else their actor's, else their target's, else the default; what is missing or elsewhere is
-- cleared, its old id kept. Takes: after, until (ids), since, latest (their moments), default. Returns: events, references cleared, external ids taken.
-- Cost: an update per event and index, in the partitions of their months alone.
WITH found AS (
    SELECT e.id, e."timestamp", l.told, e.type AS told_type, e.external_id,
        CASE a.schema_version WHEN 1 THEN a.group_id ELSE al.to_group END AS actor_group,
        CASE t.schema_version WHEN 1 THEN t.group_id ELSE tl.to_group END AS target_group,
        g.id AS own, e.actor_id, e.target_id, coalesce(al.old_id, e.actor_id::text) AS actor_old, coalesce(tl.old_id, e.target_id::text) AS target_old
    FROM ontology_legacyrow AS l
    JOIN ontology_event AS e ON e.id = l.row_id AND e.group_id IS NULL
        AND e."timestamp" BETWEEN %(since)s AND %(latest)s
    LEFT JOIN ontology_group AS g ON g.id = l.own_group
    LEFT JOIN ontology_thing AS a ON a.id = e.actor_id
    LEFT JOIN ontology_legacyrow AS al ON al.kind = 'thing' AND al.row_id = a.id
    LEFT JOIN ontology_thing AS t ON t.id = e.target_id
    LEFT JOIN ontology_legacyrow AS tl ON tl.kind = 'thing' AND tl.row_id = t.id
    WHERE l.kind = 'event'
        AND l.row_id > %(after)s AND l.row_id <= %(until)s
), placed AS (
    SELECT *, coalesce(own, actor_group, target_group, %(default)s) AS to_group FROM found
), judged AS (
    SELECT *, actor_id IS NOT NULL AND actor_group IS DISTINCT FROM to_group AS clears_actor,
        target_id IS NOT NULL AND target_group IS DISTINCT FROM to_group AS clears_target,
        external_id IS NOT NULL AND (
            row_number() OVER (PARTITION BY to_group, external_id ORDER BY id) > 1
            OR EXISTS (SELECT FROM ontology_event AS o WHERE o.group_id = placed.to_group AND o.external_id = placed.external_id
                AND o."timestamp" >= date_trunc('month', %(since)s::timestamptz, 'UTC') AND o."timestamp" < date_trunc('month', %(latest)s::timestamptz, 'UTC') + interval '32 days')
        ) AS taken
    FROM placed
), migrated AS (
    UPDATE ontology_event AS e SET group_id = j.to_group, type = ontology_legacy_word(j.told_type),
        actor_id = CASE WHEN j.clears_actor THEN NULL ELSE e.actor_id END,
        target_id = CASE WHEN j.clears_target THEN NULL ELSE e.target_id END,
        external_id = CASE WHEN j.taken THEN left(e.external_id, 460) || '~' || e.id ELSE e.external_id END,
        metadata = ontology_legacy_merged(e.metadata,
            CASE WHEN j.clears_actor THEN jsonb_build_object('actorId', j.actor_old) ELSE '{}' END
            || CASE WHEN j.clears_target THEN jsonb_build_object('targetId', j.target_old) ELSE '{}' END
            || CASE ontology_legacy_word(j.told_type) WHEN j.told_type THEN '{}' ELSE jsonb_build_object('type', j.told_type) END
            || j.told)
    FROM judged AS j WHERE e.id = j.id AND e."timestamp" = j."timestamp" AND e."timestamp" BETWEEN %(since)s AND %(latest)s
    RETURNING j.clears_actor::integer + j.clears_target::integer AS cleared, j.taken
)
SELECT count(*), coalesce(sum(cleared), 0), count(*) FILTER (WHERE taken) FROM migrated
