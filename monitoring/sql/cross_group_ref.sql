-- Rows of one group that refer to a thing or a piece of knowledge of another: events, and live connections, knowledge and links.
-- Takes: group (null: all), since (events of this moment or later; null: all). Returns: group, kind, id, reason, metadata.
-- Cost: reads connections, links and sources, and the index entries of events with actor or target, whose distinct pairs are joined with things. What its
-- own group holds is set aside first, so a group's check is as dear as the group.
WITH pair AS MATERIALIZED (
    SELECT DISTINCT event.group_id, event.actor_id AS thing_id, 'actor' AS role FROM ontology_event AS event
    WHERE event.group_id IS NOT NULL AND event.actor_id IS NOT NULL AND (%(group)s::uuid IS NULL OR event.group_id = %(group)s)
        AND (%(since)s::timestamptz IS NULL OR event."timestamp" >= %(since)s)
    UNION ALL
    SELECT DISTINCT event.group_id, event.target_id, 'target' FROM ontology_event AS event
    WHERE event.group_id IS NOT NULL AND event.target_id IS NOT NULL AND (%(group)s::uuid IS NULL OR event.group_id = %(group)s)
        AND (%(since)s::timestamptz IS NULL OR event."timestamp" >= %(since)s)
), foreign_pair AS MATERIALIZED (
    SELECT pair.*, thing.group_id AS other FROM pair JOIN ontology_thing AS thing ON thing.id = pair.thing_id
    WHERE thing.group_id IS DISTINCT FROM pair.group_id
        AND NOT EXISTS (SELECT FROM ontology_thing AS own WHERE own.group_id = pair.group_id AND own.id = pair.thing_id)
), bad_event AS (
    SELECT event.group_id, event.id, bad.role, bad.thing_id, bad.other, event.type FROM foreign_pair AS bad
    JOIN ontology_event AS event ON event.group_id = bad.group_id AND event.actor_id = bad.thing_id
    WHERE bad.role = 'actor' AND (%(since)s::timestamptz IS NULL OR event."timestamp" >= %(since)s)
    UNION ALL
    SELECT event.group_id, event.id, bad.role, bad.thing_id, bad.other, event.type FROM foreign_pair AS bad
    JOIN ontology_event AS event ON event.group_id = bad.group_id AND event.target_id = bad.thing_id
    WHERE bad.role = 'target' AND (%(since)s::timestamptz IS NULL OR event."timestamp" >= %(since)s)
), bad (group_id, kind, id, role, thing_id, other, type) AS (
    SELECT group_id, 'event', id, role, thing_id, other, type FROM bad_event
    UNION ALL
    SELECT link.group_id, 'connection', link.id, 'from', thing.id, thing.group_id, link.type
    FROM ontology_connection AS link JOIN ontology_thing AS thing ON thing.id = link.from_thing_id
    WHERE link.deleted_at IS NULL AND thing.group_id IS DISTINCT FROM link.group_id AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
        AND NOT EXISTS (SELECT FROM ontology_thing AS own WHERE own.group_id = link.group_id AND own.id = link.from_thing_id)
    UNION ALL
    SELECT link.group_id, 'connection', link.id, 'to', thing.id, thing.group_id, link.type
    FROM ontology_connection AS link JOIN ontology_thing AS thing ON thing.id = link.to_thing_id
    WHERE link.deleted_at IS NULL AND thing.group_id IS DISTINCT FROM link.group_id AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
        AND NOT EXISTS (SELECT FROM ontology_thing AS own WHERE own.group_id = link.group_id AND own.id = link.to_thing_id)
    UNION ALL
    SELECT piece.group_id, 'knowledge', piece.id, 'source', thing.id, thing.group_id, piece.type
    FROM ontology_knowledge AS piece JOIN ontology_thing AS thing ON thing.id = piece.source_thing_id
    WHERE piece.deleted_at IS NULL AND thing.group_id IS DISTINCT FROM piece.group_id AND piece.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR piece.group_id = %(group)s)
        AND NOT EXISTS (SELECT FROM ontology_thing AS own WHERE own.group_id = piece.group_id AND own.id = piece.source_thing_id)
    UNION ALL
    SELECT link.group_id, 'link', link.id, 'thing', thing.id, thing.group_id, link.role
    FROM ontology_thingknowledge AS link JOIN ontology_thing AS thing ON thing.id = link.thing_id
    WHERE link.deleted_at IS NULL AND thing.group_id IS DISTINCT FROM link.group_id AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
        AND NOT EXISTS (SELECT FROM ontology_thing AS own WHERE own.group_id = link.group_id AND own.id = link.thing_id)
    UNION ALL
    SELECT link.group_id, 'link', link.id, 'knowledge', piece.id, piece.group_id, link.role
    FROM ontology_thingknowledge AS link JOIN ontology_knowledge AS piece ON piece.id = link.knowledge_id
    WHERE link.deleted_at IS NULL AND piece.group_id IS DISTINCT FROM link.group_id AND link.group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR link.group_id = %(group)s)
        AND NOT EXISTS (SELECT FROM ontology_knowledge AS own WHERE own.group_id = link.group_id AND own.id = link.knowledge_id)
)
SELECT group_id, kind, id::text, string_agg(role, ',' ORDER BY role),
    jsonb_build_object('type', min(type), 'refers', jsonb_object_agg(role, jsonb_build_object('id', thing_id, 'group', other)))
FROM bad GROUP BY group_id, kind, id
