-- A group and all above it.
-- Takes group; returns ids. Cost: one index read a level.
WITH RECURSIVE line (id, parent_id) AS (
    SELECT id, parent_id FROM ontology_group WHERE id = %(group)s
    UNION
    SELECT above.id, above.parent_id FROM ontology_group AS above JOIN line ON above.id = line.parent_id
)
SELECT id FROM line
