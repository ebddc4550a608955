-- Broken rows of the stage, those of a group together. Takes: limit. Returns: group, kind, id, reason, metadata. Cost: a sort of the stage.
SELECT group_id, kind, record_id, reason, metadata FROM stage_broken ORDER BY group_id, kind, record_id LIMIT %(limit)s
