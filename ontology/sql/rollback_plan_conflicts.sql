-- The first conflicts of one table. Takes: most. Returns: key, reason. Cost: that of the plan.
SELECT {plan_text}, reason FROM {plan} AS p WHERE act = 'conflict' ORDER BY 1 LIMIT %(most)s
