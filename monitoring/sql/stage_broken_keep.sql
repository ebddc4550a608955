-- Adds broken rows to the stage. Takes: groups, kinds, ids, reasons, metadata, a place each. Returns nothing. Cost: a row each.
INSERT INTO stage_broken (group_id, kind, record_id, reason, metadata)
SELECT * FROM unnest(%(groups)s::uuid[], %(kinds)s::text[], %(ids)s::text[], %(reasons)s::text[], %(metadata)s::jsonb[])
