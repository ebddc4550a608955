-- The contents of a group (live things of the catalogue's category `content`) with the most live connections at either end, one with itself once.
-- Takes: group, rows. Returns: id, type, name, connections; and beside each row, of all contents: connections, contents. The most connected first.
-- Cost: the group's things of those types, two index ranges for each, by connection_live_inbound and connection_is_live_once.
SELECT content.id, content.type, content.name, engaged.connections, sum(engaged.connections) OVER ()::bigint, count(*) OVER ()
FROM ontology_thingtype AS kind
JOIN ontology_thing AS content ON content.type = kind.name
CROSS JOIN LATERAL (
    SELECT
        (SELECT count(*) FROM ontology_connection AS link
         WHERE link.group_id = %(group)s AND link.to_thing_id = content.id AND link.deleted_at IS NULL)
        + (SELECT count(*) FROM ontology_connection AS link
           WHERE link.group_id = %(group)s AND link.from_thing_id = content.id AND link.to_thing_id <> content.id AND link.deleted_at IS NULL)
        AS connections
) AS engaged
WHERE kind.category = 'content' AND content.group_id = %(group)s AND content.deleted_at IS NULL
ORDER BY engaged.connections DESC, content.id
LIMIT %(rows)s
