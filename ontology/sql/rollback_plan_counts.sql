-- What becomes of the rows of one table. Takes nothing. Returns: act, reason of a conflict, rows. Cost: that of the plan.
SELECT act, CASE act WHEN 'conflict' THEN reason ELSE '' END, count(*) FROM {plan} GROUP BY 1, 2 ORDER BY 1, 2
