-- Legacy knowledge of a range whose external id another piece of its group has, or one before it in the range. Takes: after, until (ids). Returns: ids.
-- Cost: a probe per piece, and a sort.
SELECT id FROM (
    SELECT k.id, row_number() OVER (PARTITION BY l.to_group, k.external_id ORDER BY k.id) > 1
        OR EXISTS (SELECT FROM ontology_knowledge AS o WHERE o.group_id = l.to_group AND o.external_id = k.external_id) AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_knowledge AS k ON k.id = l.row_id AND k.group_id IS NULL
    WHERE l.kind = 'knowledge' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> '' AND k.external_id IS NOT NULL
) AS found WHERE taken
