-- Writes the staged links between things and knowledge of a group. Takes: group. Returns: ids. Cost: one index insert per row and index, two key checks.
INSERT INTO ontology_thingknowledge (id, group_id, thing_id, knowledge_id, role, metadata)
SELECT id, %(group)s, thing_id, knowledge_id, role, '{}' FROM stage_thing_knowledge
RETURNING id::text
