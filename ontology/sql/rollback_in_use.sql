-- A row stays where it is while a row that stays refers to it. Takes nothing. Returns nothing. Cost: a scan of the referring table.
UPDATE {plan} AS p SET act = 'conflict', reason = 'in_use', leaves = false
WHERE p.leaves AND p.act IN ('update', 'delete') AND p.id IN (
    SELECT r.{column} FROM {referring} AS r WHERE r.group_id IS NOT NULL AND r.{column} IS NOT NULL
        AND NOT EXISTS (SELECT FROM {referring_plan} AS q WHERE q.id = r.id AND q.leaves AND q.act IN ('update', 'delete'))
)
