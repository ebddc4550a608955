-- A row does not return into a group where what it refers to is no more. Takes nothing. Returns nothing. Cost: that of the plan, and probes.
UPDATE {plan} AS p SET act = 'conflict', reason = 'end_gone', leaves = false FROM {stage} AS s
WHERE {saved_same} AND p.act IN ('update', 'insert') AND s.group_id IS NOT NULL AND s.{column} IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM {referred} AS t WHERE t.id = s.{column} AND t.group_id = s.group_id
            AND NOT EXISTS (SELECT FROM {referred_plan} AS q WHERE q.id = t.id AND q.leaves AND q.act IN ('update', 'delete'))
    ) AND NOT EXISTS (
        SELECT FROM {referred_plan} AS q JOIN {referred_stage} AS t ON t.id = q.id
        WHERE q.id = s.{column} AND q.act IN ('update', 'insert') AND t.group_id = s.group_id
    )
