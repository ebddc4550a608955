-- Events of the stage that are new become v0 rows, remembered by their old ids.
-- Takes: nothing but the stage. Returns: how many are new. Cost: an index insert per row and index, and two for what is remembered.
WITH new AS (
    INSERT INTO ontology_legacyrow (kind, row_id, old_id, digest, own_group, moment, told)
    SELECT 'event', row_id, old_id, digest, own_group, moment, told FROM stage_legacy ORDER BY number
    ON CONFLICT DO NOTHING
    RETURNING row_id, digest
), loaded AS (
    INSERT INTO ontology_event (id, created_at, type, actor_id, target_id, "timestamp", metadata, external_id)
    SELECT s.row_id, (r->>'created_at')::timestamptz, r->>'type', (r->>'actor')::uuid, (r->>'target')::uuid, s.moment, r->'metadata', r->>'external_id'
    FROM new JOIN stage_legacy AS s USING (row_id, digest) CROSS JOIN LATERAL (SELECT s.row AS r) AS document
    RETURNING 1
)
SELECT count(*) FROM loaded
