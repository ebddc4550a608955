-- Empties the stage of broken rows of what an earlier check of the same transaction left. Takes and returns nothing. Cost: the rows there.
DELETE FROM stage_broken
