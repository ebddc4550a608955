-- What groups hold: live things, live connections and events, each counted up to a limit, and the moment of the latest event.
-- Takes: the limit (three times), a list of group ids. Returns: group, things, connections, events, latest event.
-- Cost: per group at most three times the limit of index entries, by thing_live_by_type, connection_live_by_type and event_latest. The counted
-- rows are put in the order of those indexes, for otherwise a whole table is read for a small group when the planner takes it for a big one.
SELECT
    chosen.id,
    (SELECT count(*) FROM (
        SELECT FROM ontology_thing WHERE group_id = chosen.id AND deleted_at IS NULL ORDER BY type, id DESC LIMIT %s
    ) AS counted),
    (SELECT count(*) FROM (
        SELECT FROM ontology_connection WHERE group_id = chosen.id AND deleted_at IS NULL ORDER BY type, id DESC LIMIT %s
    ) AS counted),
    (SELECT count(*) FROM (
        SELECT FROM ontology_event WHERE group_id = chosen.id ORDER BY "timestamp" DESC, id DESC LIMIT %s
    ) AS counted),
    (SELECT "timestamp" FROM ontology_event WHERE group_id = chosen.id ORDER BY "timestamp" DESC, id DESC LIMIT 1)
FROM unnest(%s::uuid[]) AS chosen (id)
