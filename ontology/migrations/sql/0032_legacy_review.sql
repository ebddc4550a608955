-- Staff say where a thing belongs whose group was ambiguous or unknown, and what hangs on it follows: knowledge cut from it, links, its events, and
-- connections that were put aside because its group was not that of the other end; what cannot follow goes to quarantine. Runs as its owner, since
-- nobody else changes events, and so demands itself that the platform acts.
CREATE FUNCTION ontology_legacy_thing_assign(the_thing uuid, new_group uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    old_group uuid;
    its_old_id text;
    told jsonb := '{}';
    n bigint;
BEGIN
    IF NOT ontology_acting_everywhere() THEN
        RAISE EXCEPTION 'Only the platform moves legacy things.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT t.group_id, coalesce(l.old_id, t.id::text) INTO old_group, its_old_id
        FROM ontology_thing AS t JOIN ontology_legacyrow AS l ON l.kind = 'thing' AND l.row_id = t.id
        WHERE t.id = the_thing AND t.schema_version = 1 AND l.decision IN ('ambiguous', 'isolated') FOR UPDATE;
    IF NOT FOUND OR old_group = new_group THEN
        RETURN NULL;
    END IF;
    SET CONSTRAINTS ALL DEFERRED;
    PERFORM set_config('sextant.event_decision', 'migration', true);
    UPDATE ontology_thing SET group_id = new_group WHERE id = the_thing;
    UPDATE ontology_legacyrow SET decision = 'reviewed', to_group = new_group WHERE kind = 'thing' AND row_id = the_thing;

    WITH moved AS (
        UPDATE ontology_knowledge SET group_id = new_group WHERE group_id = old_group AND source_thing_id = the_thing RETURNING 1
    ), back AS (
        UPDATE ontology_knowledge SET source_thing_id = the_thing, metadata = metadata #- '{_legacy,sourceThingId}'
        WHERE group_id = new_group AND source_thing_id IS NULL AND metadata #>> '{_legacy,sourceThingId}' = its_old_id RETURNING 1
    )
    SELECT (SELECT count(*) FROM moved) + (SELECT count(*) FROM back) INTO n;
    told := told || jsonb_build_object('knowledge', n);

    WITH apart AS (
        SELECT w.id, t.group_id = k.group_id AS together, t.group_id FROM ontology_thingknowledge AS w
        JOIN ontology_thing AS t ON t.id = w.thing_id JOIN ontology_knowledge AS k ON k.id = w.knowledge_id
        WHERE w.group_id = old_group AND new_group IN (t.group_id, k.group_id)
    ), follows AS (
        UPDATE ontology_thingknowledge AS w SET group_id = new_group FROM apart WHERE w.id = apart.id AND apart.together RETURNING 1
    ), gone AS (
        DELETE FROM ontology_thingknowledge AS w USING apart WHERE w.id = apart.id AND NOT apart.together RETURNING w.id, to_jsonb(w) AS whole
    ), kept AS (
        INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document) SELECT gen_random_uuid(), 'link', id, 'orphaned', whole FROM gone
    )
    SELECT told || jsonb_build_object('links', (SELECT count(*) FROM follows), 'links_quarantined', (SELECT count(*) FROM gone)) INTO told;

    WITH gone AS (
        DELETE FROM ontology_connection WHERE group_id = old_group AND the_thing IN (from_thing_id, to_thing_id) AND from_thing_id <> to_thing_id
        RETURNING id, to_jsonb(ontology_connection) AS whole
    ), kept AS (
        INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document) SELECT gen_random_uuid(), 'connection', id, 'cross_group', whole FROM gone
    ), own AS (
        UPDATE ontology_connection SET group_id = new_group WHERE group_id = old_group AND from_thing_id = the_thing AND to_thing_id = the_thing
    )
    SELECT told || jsonb_build_object('connections_quarantined', count(*)) FROM gone INTO told;

    WITH found AS (
        SELECT q.id AS quarantine, r.* FROM ontology_quarantinedrow AS q, jsonb_populate_record(NULL::ontology_connection, q.document) AS r
        WHERE q.kind = 'connection' AND q.state = 'open' AND q.reason = 'cross_group'
            AND the_thing::text IN (q.document->>'from_thing_id', q.document->>'to_thing_id')
            AND coalesce(nullif(q.document->>'_own_group', '')::uuid, new_group) = new_group
            AND (r.valid_to IS NULL OR r.valid_from IS NULL OR r.valid_from <= r.valid_to)
            AND jsonb_typeof(r.metadata) = 'object'
    ), first AS (
        SELECT DISTINCT ON (from_thing_id, to_thing_id, type) * FROM found AS r
        WHERE EXISTS (SELECT FROM ontology_thing AS f WHERE f.id = r.from_thing_id AND f.group_id = new_group)
            AND EXISTS (SELECT FROM ontology_thing AS t WHERE t.id = r.to_thing_id AND t.group_id = new_group)
            AND NOT EXISTS (SELECT FROM ontology_connection AS o WHERE o.group_id = new_group AND o.from_thing_id = r.from_thing_id
                AND o.type = r.type AND o.to_thing_id = r.to_thing_id AND o.deleted_at IS NULL)
        ORDER BY from_thing_id, to_thing_id, type, created_at, id
    ), released AS (
        INSERT INTO ontology_connection (id, created_at, updated_at, group_id, from_thing_id, to_thing_id, type, metadata, strength, valid_from, valid_to,
            deleted_at, deletion_id)
        SELECT id, created_at, updated_at, new_group, from_thing_id, to_thing_id, ontology_legacy_word(type), metadata, strength, valid_from, valid_to,
            deleted_at, deletion_id FROM first
        RETURNING id
    ), decided AS (
        UPDATE ontology_quarantinedrow AS q SET state = 'released', decided_at = clock_timestamp(), decision = 'Its things share a group by now.'
        FROM first WHERE q.id = first.quarantine
    )
    SELECT told || jsonb_build_object('connections_released', count(*)) FROM released INTO told;

    WITH moved AS (
        UPDATE ontology_event AS e SET group_id = new_group,
            actor_id = CASE WHEN a.group_id = new_group THEN e.actor_id END, target_id = CASE WHEN t.group_id = new_group THEN e.target_id END,
            metadata = ontology_legacy_merged(e.metadata, jsonb_strip_nulls(jsonb_build_object(
                'actorId', CASE WHEN a.group_id <> new_group THEN e.actor_id END, 'targetId', CASE WHEN t.group_id <> new_group THEN e.target_id END)))
        FROM ontology_event AS same LEFT JOIN ontology_thing AS a ON a.id = same.actor_id LEFT JOIN ontology_thing AS t ON t.id = same.target_id
        WHERE same.group_id = old_group AND (same.actor_id = the_thing OR same.target_id = the_thing)
            AND e.id = same.id AND e."timestamp" = same."timestamp"
        RETURNING 1
    )
    SELECT told || jsonb_build_object('events', count(*)) FROM moved INTO told;

    WITH back AS (
        UPDATE ontology_event SET
            actor_id = CASE WHEN actor_id IS NULL AND metadata #>> '{_legacy,actorId}' = its_old_id THEN the_thing ELSE actor_id END,
            target_id = CASE WHEN target_id IS NULL AND metadata #>> '{_legacy,targetId}' = its_old_id THEN the_thing ELSE target_id END,
            metadata = CASE WHEN actor_id IS NULL AND metadata #>> '{_legacy,actorId}' = its_old_id THEN metadata #- '{_legacy,actorId}' ELSE metadata END
                #- CASE WHEN target_id IS NULL AND metadata #>> '{_legacy,targetId}' = its_old_id THEN '{_legacy,targetId}' ELSE '{}' END::text[]
        WHERE group_id = new_group AND (
            actor_id IS NULL AND metadata #>> '{_legacy,actorId}' = its_old_id OR target_id IS NULL AND metadata #>> '{_legacy,targetId}' = its_old_id)
        RETURNING 1
    )
    SELECT told || jsonb_build_object('references', count(*)) FROM back INTO told;
    PERFORM set_config('sextant.event_decision', '', true);
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN told;
END $$;
