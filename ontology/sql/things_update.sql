-- Gives things of a group their staged values; properties that are null stay as they are. Takes: group. Returns: nothing. Cost: one index probe and one row version per staged thing.
UPDATE ontology_thing AS thing
SET name = stage.name, properties = coalesce(stage.properties, thing.properties), status = stage.status
FROM stage_thing_change AS stage
WHERE thing.group_id = %(group)s AND thing.id = stage.id
