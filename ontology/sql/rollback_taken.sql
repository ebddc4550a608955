-- A row does not return where another has its key by now. Takes nothing. Returns nothing. Cost: that of the plan, and probes.
UPDATE {plan} AS p SET act = 'conflict', reason = 'taken', leaves = false FROM {stage} AS s
JOIN {table} AS o ON o.group_id = s.group_id AND {alike} AND o.id <> s.id
WHERE {saved_same} AND p.act IN ('update', 'insert') AND NOT EXISTS (SELECT FROM {plan} AS q WHERE q.id = o.id AND q.act IN ('update', 'delete'))
