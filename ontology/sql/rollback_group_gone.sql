-- A row does not return into a group that is no more. Takes nothing. Returns nothing. Cost: that of the plan.
UPDATE {plan} AS p SET act = 'conflict', reason = 'group_gone', leaves = false FROM {stage} AS s
WHERE {saved_same} AND p.act IN ('update', 'insert') AND s.group_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM ontology_group AS g WHERE g.id = s.group_id)
    AND NOT EXISTS (SELECT FROM {groups} AS q WHERE q.id = s.group_id AND q.act = 'insert')
