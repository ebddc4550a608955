-- Hands rows of a deletion with an end that another deletion holds by now to that deletion, which brings them back when it is undone.
-- Takes: group, thing, deletion. Returns: type and the other thing's name of every connection handed over. Cost: one index probe per row of the deletion.
WITH handed_links AS (
    UPDATE ontology_thingknowledge AS link
    SET deletion_id = CASE WHEN piece.deleted_at IS NULL OR piece.deletion_id = %(deletion)s THEN holder.deletion_id ELSE piece.deletion_id END
    FROM ontology_knowledge AS piece, ontology_thing AS holder
    WHERE link.group_id = %(group)s AND link.deletion_id = %(deletion)s
      AND piece.group_id = %(group)s AND piece.id = link.knowledge_id
      AND holder.group_id = %(group)s AND holder.id = link.thing_id
      AND (
          (piece.deleted_at IS NOT NULL AND piece.deletion_id IS DISTINCT FROM %(deletion)s)
          OR (holder.id <> %(thing)s AND holder.deleted_at IS NOT NULL)
      )
)
UPDATE ontology_connection AS link SET deletion_id = other.deletion_id
FROM ontology_thing AS other
WHERE link.group_id = %(group)s AND link.deletion_id = %(deletion)s AND other.group_id = %(group)s AND other.id <> %(thing)s
  AND other.id IN (link.from_thing_id, link.to_thing_id) AND other.deleted_at IS NOT NULL
RETURNING link.type, other.name
