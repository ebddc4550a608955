-- Which legacy things without a group are named beside which other thing, and by rows of which group; for the rounds of this transaction.
-- Takes: nothing. Returns: nothing; makes the table migration_mention. Cost: a look at every legacy row; what names no such thing is left out at once.
CREATE TEMPORARY TABLE migration_mention ON COMMIT DROP AS
WITH waiting AS MATERIALIZED (
    SELECT row_id FROM ontology_legacyrow WHERE kind = 'thing' AND decision = ''
), told AS (
    SELECT 'connection' AS kind, id, from_thing_id AS one, to_thing_id AS other FROM ontology_connection WHERE group_id IS NULL
    UNION ALL SELECT 'event', id, actor_id, target_id FROM ontology_event WHERE group_id IS NULL
    UNION ALL SELECT 'knowledge', id, source_thing_id, NULL FROM ontology_knowledge WHERE group_id IS NULL
)
SELECT DISTINCT side.thing, side.other, g.id AS own FROM told
CROSS JOIN LATERAL (VALUES (told.one, told.other), (told.other, told.one)) AS side (thing, other)
JOIN waiting ON waiting.row_id = side.thing
LEFT JOIN ontology_legacyrow AS l ON l.kind = told.kind AND l.row_id = told.id AND l.own_group IS NOT NULL
LEFT JOIN ontology_group AS g ON g.id = l.own_group
WHERE side.other IS NOT NULL OR g.id IS NOT NULL
