-- What migration knows of a row stays where the row stays. Takes: kind. Returns nothing. Cost: that of the plan.
DELETE FROM {plan} AS p USING {rows} AS r WHERE p.kind = %(kind)s AND p.row_id = r.id AND r.act = 'conflict'
