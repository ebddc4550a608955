-- The next rows of a kind. Takes: kind, after (the last id before them), size. Returns: their last id, how many, their first and last moment.
-- Cost: an index scan of the batch.
SELECT (array_agg(row_id ORDER BY row_id DESC))[1], count(*), min(moment), max(moment)
FROM (SELECT row_id, moment FROM ontology_legacyrow WHERE kind = %(kind)s AND row_id > %(after)s ORDER BY row_id LIMIT %(size)s) AS batch
