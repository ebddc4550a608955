-- Brings back a thing and what its deletion still holds, save connections that exist anew or are named as closing a cycle.
-- Takes: group, thing, deletion, closing (ids). Returns: connections, links, knowledge (counts). Cost: one index probe per row of the deletion.
WITH back_thing AS (
    UPDATE ontology_thing SET deleted_at = NULL, deletion_id = NULL WHERE group_id = %(group)s AND id = %(thing)s
),
back_connections AS (
    UPDATE ontology_connection AS link SET deleted_at = NULL, deletion_id = NULL
    WHERE link.group_id = %(group)s AND link.deletion_id = %(deletion)s AND link.id <> ALL (%(closing)s::uuid[])
      AND NOT EXISTS (
          SELECT FROM ontology_connection AS anew
          WHERE anew.group_id = %(group)s AND anew.from_thing_id = link.from_thing_id AND anew.type = link.type
            AND anew.to_thing_id = link.to_thing_id AND anew.deleted_at IS NULL
      )
    RETURNING 1
),
back_knowledge AS (
    UPDATE ontology_knowledge SET deleted_at = NULL, deletion_id = NULL WHERE group_id = %(group)s AND deletion_id = %(deletion)s RETURNING 1
),
back_links AS (
    UPDATE ontology_thingknowledge AS link SET deleted_at = NULL, deletion_id = NULL
    WHERE link.group_id = %(group)s AND link.deletion_id = %(deletion)s
      AND NOT EXISTS (
          SELECT FROM ontology_thingknowledge AS anew
          WHERE anew.group_id = %(group)s AND anew.thing_id = link.thing_id AND anew.knowledge_id = link.knowledge_id
            AND anew.role = link.role AND anew.deleted_at IS NULL
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM back_connections), (SELECT count(*) FROM back_links), (SELECT count(*) FROM back_knowledge)
