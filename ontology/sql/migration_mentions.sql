-- Which legacy things without a group are named beside which other thing, and by rows of which group; for the rounds of this transaction.
-- Takes: nothing. Returns: nothing; makes the table migration_mention. Cost: a look at every legacy row.
CREATE TEMPORARY TABLE migration_mention ON COMMIT DROP AS
WITH told AS (
    SELECT 'connection' AS kind, id, from_thing_id AS one, to_thing_id AS other FROM ontology_connection WHERE group_id IS NULL
    UNION ALL SELECT 'event', id, actor_id, target_id FROM ontology_event WHERE group_id IS NULL
    UNION ALL SELECT 'knowledge', id, source_thing_id, NULL FROM ontology_knowledge WHERE group_id IS NULL
), named AS (
    SELECT told.one, told.other, g.id AS own FROM told
    JOIN ontology_legacyrow AS l ON l.kind = told.kind AND l.row_id = told.id
    LEFT JOIN ontology_group AS g ON g.id = l.own_group
), both_ways AS (
    SELECT one AS thing, other, own FROM named UNION SELECT other, one, own FROM named
)
SELECT m.thing, m.other, m.own FROM both_ways AS m
JOIN ontology_legacyrow AS w ON w.kind = 'thing' AND w.row_id = m.thing AND w.decision = ''
WHERE m.other IS NOT NULL OR m.own IS NOT NULL
