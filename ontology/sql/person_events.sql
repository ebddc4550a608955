-- The latest events that a person made in the given groups, with the groups' names.
-- Takes: person, groups (a list of ids), depth (how many events back each group is searched), rows. Returns: id, timestamp, type, group id, group
-- name, metadata; the latest first.
-- Cost: depth entries of the index event_latest per group, whatever the groups hold.
SELECT e.id, e.timestamp, e.type, g.id, g.name, e.metadata
FROM ontology_group AS g
CROSS JOIN LATERAL (
    SELECT * FROM ontology_event WHERE group_id = g.id ORDER BY timestamp DESC, id DESC LIMIT %(depth)s
) AS e
WHERE g.id = ANY(%(groups)s) AND e.person_id = %(person)s
ORDER BY e.timestamp DESC, e.id DESC
LIMIT %(rows)s
