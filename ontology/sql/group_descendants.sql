-- A group and all its descendants.
-- Takes: the group's id. Returns: ids, the group's own among them. Cost: one index scan per group of the answer.
WITH RECURSIVE descendant (id) AS (
    SELECT %s::uuid
    UNION
    SELECT child.id FROM ontology_group AS child JOIN descendant ON child.parent_id = descendant.id
)
SELECT id FROM descendant
