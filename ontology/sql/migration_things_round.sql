-- One round: things with evidence for exactly one group come to it, those with evidence for several to the default group; others wait. Evidence is the
-- own group of a row that names the thing, and the group of the other thing in it, settled before this round; never by default.
-- Takes: round, default. Returns: decision, how many. Cost: that of the mentions of things that still wait.
WITH evidence AS (
    SELECT m.thing, m.own AS group_id FROM migration_mention AS m WHERE m.own IS NOT NULL
    UNION
    SELECT m.thing, o.to_group FROM migration_mention AS m
    JOIN ontology_legacyrow AS o ON o.kind = 'thing' AND o.row_id = m.other AND o.decision IN ('own', 'inferred')
    UNION
    SELECT m.thing, t.group_id FROM migration_mention AS m JOIN ontology_thing AS t ON t.id = m.other AND t.schema_version = 1
    WHERE NOT EXISTS (SELECT FROM ontology_legacyrow AS o WHERE o.kind = 'thing' AND o.row_id = m.other)
), found AS (
    SELECT e.thing, count(*) AS groups, min(e.group_id::text)::uuid AS only FROM evidence AS e GROUP BY e.thing
), settled AS (
    UPDATE ontology_legacyrow AS l SET round = %(round)s,
        decision = CASE found.groups WHEN 1 THEN 'inferred' ELSE 'ambiguous' END,
        to_group = CASE found.groups WHEN 1 THEN found.only ELSE %(default)s END
    FROM found WHERE l.kind = 'thing' AND l.row_id = found.thing AND l.decision = ''
    RETURNING l.decision
)
SELECT decision, count(*) FROM settled GROUP BY decision
