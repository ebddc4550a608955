-- Marks a thing, its live connections and knowledge links, and the knowledge that no other live thing links or is the source of, as deleted.
-- Takes: group, thing, deletion. Returns: connections, links, knowledge (counts). Cost: one index scan per direction, one row version per row marked.
WITH moment AS (SELECT statement_timestamp() AS at),
marked_thing AS (
    UPDATE ontology_thing SET deleted_at = moment.at, deletion_id = %(deletion)s FROM moment WHERE group_id = %(group)s AND id = %(thing)s
),
marked_connections AS (
    UPDATE ontology_connection SET deleted_at = moment.at, deletion_id = %(deletion)s FROM moment
    WHERE group_id = %(group)s AND (from_thing_id = %(thing)s OR to_thing_id = %(thing)s) AND deleted_at IS NULL
    RETURNING 1
),
marked_links AS (
    UPDATE ontology_thingknowledge SET deleted_at = moment.at, deletion_id = %(deletion)s FROM moment
    WHERE group_id = %(group)s AND thing_id = %(thing)s AND deleted_at IS NULL
    RETURNING knowledge_id
),
marked_knowledge AS (
    UPDATE ontology_knowledge AS piece SET deleted_at = moment.at, deletion_id = %(deletion)s FROM moment
    WHERE piece.group_id = %(group)s AND piece.deleted_at IS NULL
      AND (piece.id IN (SELECT knowledge_id FROM marked_links) OR piece.source_thing_id = %(thing)s)
      AND NOT EXISTS (
          SELECT FROM ontology_thingknowledge AS other
          WHERE other.group_id = %(group)s AND other.knowledge_id = piece.id AND other.deleted_at IS NULL AND other.thing_id <> %(thing)s
      )
      AND NOT EXISTS (
          SELECT FROM ontology_thing AS source
          WHERE source.group_id = %(group)s AND source.id = piece.source_thing_id AND source.id <> %(thing)s AND source.deleted_at IS NULL
      )
    RETURNING 1
)
SELECT (SELECT count(*) FROM marked_connections), (SELECT count(*) FROM marked_links), (SELECT count(*) FROM marked_knowledge)
