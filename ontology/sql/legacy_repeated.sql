-- Staged documents whose old id a different document has. Takes: kind. Returns: their numbers in the stage. Cost: an index probe each.
SELECT s.number FROM stage_legacy AS s JOIN ontology_legacyrow AS l ON l.kind = %(kind)s AND l.old_id = s.old_id
WHERE l.digest IS DISTINCT FROM s.digest ORDER BY s.number
