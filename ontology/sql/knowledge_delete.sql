-- Marks a piece of knowledge and its live links to things as deleted.
-- Takes: group, knowledge, deletion. Returns: links (a count). Cost: one index scan, one row version per row marked.
WITH moment AS (SELECT statement_timestamp() AS at),
marked_piece AS (
    UPDATE ontology_knowledge SET deleted_at = moment.at, deletion_id = %(deletion)s FROM moment WHERE group_id = %(group)s AND id = %(knowledge)s
),
marked_links AS (
    UPDATE ontology_thingknowledge SET deleted_at = moment.at, deletion_id = %(deletion)s FROM moment
    WHERE group_id = %(group)s AND knowledge_id = %(knowledge)s AND deleted_at IS NULL
    RETURNING 1
)
SELECT count(*) FROM marked_links
