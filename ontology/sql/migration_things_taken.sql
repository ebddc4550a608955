-- Legacy things of a range whose external id another thing of their group has, or one before them in the range. Takes: after, until (ids). Returns: ids.
-- Cost: a probe per thing, and a sort.
SELECT id FROM (
    SELECT t.id, row_number() OVER (PARTITION BY l.to_group, t.external_id ORDER BY t.id) > 1
        OR EXISTS (SELECT FROM ontology_thing AS o WHERE o.group_id = l.to_group AND o.external_id = t.external_id AND o.id <> t.id) AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_thing AS t ON t.id = l.row_id AND t.schema_version = 0
    WHERE l.kind = 'thing' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision <> '' AND t.external_id IS NOT NULL
) AS found WHERE taken
