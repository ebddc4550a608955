-- Keeps the saved rows of conflicts in quarantine. Takes: kind, place, run. Returns nothing. Cost: that of the conflicts.
INSERT INTO ontology_quarantinedrow (id, kind, row_id, reason, document, place, run_id)
SELECT gen_random_uuid(), %(kind)s, s.id, 'rollback_' || p.reason, to_jsonb(s), %(place)s, %(run)s
FROM {plan} AS p JOIN {stage} AS s ON {saved_same} WHERE p.act = 'conflict'
