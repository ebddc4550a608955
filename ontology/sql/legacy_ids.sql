-- Finds rows by their old ids. Takes: kind, old_ids. Returns: old id and row id of each that is there. Cost: an index probe each.
SELECT old_id, row_id::text FROM ontology_legacyrow WHERE kind = %(kind)s AND old_id = ANY (%(old_ids)s::text[])
