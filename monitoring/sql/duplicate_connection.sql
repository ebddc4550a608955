-- Live connections that say what an older live one says: same group, type and ends. The oldest is not among them.
-- Takes: group (null: all). Returns: group, kind, id, reason, metadata. Cost: the index entries of the live connections, or a sort of them where it is missing.
SELECT twin.group_id, 'connection', twin.id::text, 'twin', jsonb_build_object('type', twin.type, 'from', twin.from_thing_id, 'to', twin.to_thing_id)
FROM (
    SELECT group_id, from_thing_id, type, to_thing_id FROM ontology_connection
    WHERE deleted_at IS NULL AND group_id IS NOT NULL AND (%(group)s::uuid IS NULL OR group_id = %(group)s)
    GROUP BY group_id, from_thing_id, type, to_thing_id HAVING count(*) > 1
) AS many
CROSS JOIN LATERAL (
    SELECT link.group_id, link.id, link.type, link.from_thing_id, link.to_thing_id FROM ontology_connection AS link
    WHERE link.deleted_at IS NULL AND link.group_id = many.group_id AND link.from_thing_id = many.from_thing_id
        AND link.type = many.type AND link.to_thing_id = many.to_thing_id
    ORDER BY link.created_at, link.id OFFSET 1
) AS twin
