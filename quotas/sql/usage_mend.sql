-- Sets the recorded usage of a group to what its rows come to.
-- Takes: group. Returns: metric, subject, recorded, counted of each that differed. Cost: reads every live row of the group while writers wait.
SELECT metric, subject, recorded, counted FROM quotas_mend(%(group)s)
