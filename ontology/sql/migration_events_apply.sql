-- Legacy events of a range become v1: in their own group, else their actor's, else their target's, else the default; what is missing or elsewhere is
-- cleared, its old id kept. Takes: after, until (ids), since, latest (their moments), default, taken (ids of those whose external id another event of
-- their group and month has). Returns: events, references cleared, external ids taken. Cost: an update per event and index, in the partitions of their
-- months alone.
WITH found AS MATERIALIZED (
    SELECT e.id, e."timestamp", l.told, ontology_legacy_word(e.type) AS type, coalesce(g.id, a.group_id, t.group_id, %(default)s) AS to_group,
        e.actor_id, a.group_id AS actor_group, e.target_id, t.group_id AS target_group
    FROM ontology_legacyrow AS l
    JOIN ontology_event AS e ON e.id = l.row_id AND e.group_id IS NULL AND e."timestamp" BETWEEN %(since)s AND %(latest)s
    LEFT JOIN ontology_group AS g ON g.id = l.own_group
    LEFT JOIN ontology_thing AS a ON a.id = e.actor_id
    LEFT JOIN ontology_thing AS t ON t.id = e.target_id
    WHERE l.kind = 'event' AND l.row_id > %(after)s AND l.row_id <= %(until)s
), judged AS (
    SELECT *, actor_id IS NOT NULL AND actor_group IS DISTINCT FROM to_group AS clears_actor,
        target_id IS NOT NULL AND target_group IS DISTINCT FROM to_group AS clears_target, id = ANY (%(taken)s::uuid[]) AS taken
    FROM found
), migrated AS (
    UPDATE ontology_event AS e SET group_id = j.to_group, type = j.type,
        actor_id = CASE WHEN j.clears_actor THEN NULL ELSE e.actor_id END,
        target_id = CASE WHEN j.clears_target THEN NULL ELSE e.target_id END,
        external_id = CASE WHEN j.taken THEN left(e.external_id, 460) || '~' || e.id ELSE e.external_id END,
        metadata = CASE
            WHEN j.told = '{}' AND NOT j.clears_actor AND NOT j.clears_target AND j.type = e.type AND jsonb_typeof(e.metadata) = 'object' THEN e.metadata
            ELSE ontology_legacy_merged(e.metadata,
                CASE WHEN j.clears_actor THEN jsonb_build_object('actorId', coalesce((SELECT o.old_id FROM ontology_legacyrow AS o WHERE o.kind = 'thing' AND o.row_id = j.actor_id), j.actor_id::text)) ELSE '{}' END
                || CASE WHEN j.clears_target THEN jsonb_build_object('targetId', coalesce((SELECT o.old_id FROM ontology_legacyrow AS o WHERE o.kind = 'thing' AND o.row_id = j.target_id), j.target_id::text)) ELSE '{}' END
                || CASE j.type WHEN e.type THEN '{}' ELSE jsonb_build_object('type', e.type) END
                || j.told)
        END
    FROM judged AS j WHERE e.id = j.id AND e."timestamp" = j."timestamp" AND e."timestamp" BETWEEN %(since)s AND %(latest)s
    RETURNING j.clears_actor::integer + j.clears_target::integer AS cleared, j.taken
)
SELECT count(*), coalesce(sum(cleared), 0), count(*) FILTER (WHERE taken) FROM migrated
