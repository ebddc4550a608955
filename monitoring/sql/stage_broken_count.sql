-- How many rows of the stage are broken, by group. Takes nothing. Returns: group, count. Cost: a read of the stage.
SELECT group_id, count(*) FROM stage_broken GROUP BY group_id
