-- Writes the staged knowledge into a group, save rows whose external_id is taken there.
-- Takes: group. Returns: the staged ids that were left out. Cost: one index insert per row and index.
-- The stage was filled in the order of that key, so that two calls with the same rows wait for each other in a line and not in a circle.
WITH written AS (
    INSERT INTO ontology_knowledge
        (id, group_id, type, text, embedding, embedding_model, embedding_dim, source_thing_id, source_field, chunk, labels, metadata, external_id)
    SELECT id, %(group)s, type, text, embedding, embedding_model, embedding_dim, source_thing_id, source_field, chunk, labels, metadata, external_id
    FROM stage_knowledge
    ON CONFLICT (group_id, external_id) DO NOTHING
    RETURNING id
)
SELECT stage.id::text FROM stage_knowledge AS stage WHERE NOT EXISTS (SELECT FROM written WHERE written.id = stage.id)
