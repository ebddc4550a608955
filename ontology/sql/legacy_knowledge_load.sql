-- Knowledge of the stage that are new become v0 rows, remembered by their old ids.
-- Takes: nothing but the stage. Returns: how many are new. Cost: an index insert per row and index, and two for what is remembered.
WITH new AS (
    INSERT INTO ontology_legacyrow (kind, row_id, old_id, digest, own_group, moment, told)
    SELECT 'knowledge', row_id, old_id, digest, own_group, moment, told FROM stage_legacy ORDER BY number
    ON CONFLICT DO NOTHING
    RETURNING row_id, digest
), loaded AS (
    INSERT INTO ontology_knowledge
        (id, created_at, updated_at, type, text, embedding, embedding_model, embedding_dim, source_thing_id, source_field, chunk, labels, metadata, external_id)
    SELECT s.row_id, (r->>'created_at')::timestamptz, (r->>'updated_at')::timestamptz, r->>'type', r->>'text', (r->>'embedding')::vector,
        r->>'embedding_model', (r->>'embedding_dim')::integer, (r->>'source_thing')::uuid, r->>'source_field', r->'chunk',
        ARRAY(SELECT jsonb_array_elements_text(r->'labels')), r->'metadata', r->>'external_id'
    FROM new JOIN stage_legacy AS s USING (row_id, digest) CROSS JOIN LATERAL (SELECT s.row AS r) AS document
    RETURNING 1
)
SELECT count(*) FROM loaded
