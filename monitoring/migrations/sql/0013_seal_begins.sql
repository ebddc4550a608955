-- The events that were there before the seal, in pieces that are sealed like new ones. What a writer adds meanwhile is noted twice, which does no harm.
INSERT INTO monitoring_sealentry (act, decision, made_at, ids, first_at, last_at)
SELECT 'added', 'beginning', now(), array_agg(id), min("timestamp"), max("timestamp")
FROM (SELECT id, "timestamp", (row_number() OVER (ORDER BY "timestamp", id) - 1) / 20000 AS piece FROM ontology_event) AS present
GROUP BY piece ORDER BY piece;
