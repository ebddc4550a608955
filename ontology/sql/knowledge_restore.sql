-- Brings back a piece of knowledge with the links that its deletion took, save those that exist anew. A link to a thing that is deleted by now is
-- handed to the deletion of that thing and comes back with it.
-- Takes: group, knowledge, deletion. Returns: links that came back, links handed over (counts). Cost: one index probe per link of the piece.
WITH back_piece AS (
    UPDATE ontology_knowledge SET deleted_at = NULL, deletion_id = NULL WHERE group_id = %(group)s AND id = %(knowledge)s
),
handed_links AS (
    UPDATE ontology_thingknowledge AS link SET deletion_id = holder.deletion_id
    FROM ontology_thing AS holder
    WHERE link.group_id = %(group)s AND link.knowledge_id = %(knowledge)s AND link.deletion_id = %(deletion)s
      AND holder.group_id = %(group)s AND holder.id = link.thing_id AND holder.deleted_at IS NOT NULL
    RETURNING 1
),
back_links AS (
    UPDATE ontology_thingknowledge AS link SET deleted_at = NULL, deletion_id = NULL
    FROM ontology_thing AS holder
    WHERE link.group_id = %(group)s AND link.knowledge_id = %(knowledge)s AND link.deletion_id = %(deletion)s
      AND holder.group_id = %(group)s AND holder.id = link.thing_id AND holder.deleted_at IS NULL
      AND NOT EXISTS (
          SELECT FROM ontology_thingknowledge AS anew
          WHERE anew.group_id = %(group)s AND anew.thing_id = link.thing_id AND anew.knowledge_id = link.knowledge_id
            AND anew.role = link.role AND anew.deleted_at IS NULL
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM back_links), (SELECT count(*) FROM handed_links)
