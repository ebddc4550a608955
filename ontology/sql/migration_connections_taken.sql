-- Legacy connections of a range whose ends are connected by such a type by now, or by one before them in the range: types that are spelt apart may become
-- one. Takes: after, until (ids). Returns: ids. Cost: a few probes per connection, and a sort.
SELECT id FROM (
    SELECT c.id, row_number() OVER (PARTITION BY c.from_thing_id, c.to_thing_id, ontology_legacy_word(c.type) ORDER BY l.moment, l.old_id COLLATE "C", c.id) > 1
        OR EXISTS (SELECT FROM ontology_connection AS o WHERE o.group_id = f.group_id AND o.from_thing_id = c.from_thing_id
            AND o.type = ontology_legacy_word(c.type) AND o.to_thing_id = c.to_thing_id AND o.deleted_at IS NULL) AS taken
    FROM ontology_legacyrow AS l
    JOIN ontology_connection AS c ON c.id = l.row_id AND c.group_id IS NULL AND c.deleted_at IS NULL
    JOIN ontology_thing AS f ON f.id = c.from_thing_id
    WHERE l.kind = 'connection' AND l.row_id > %(after)s AND l.row_id <= %(until)s AND l.decision IN ('', 'migrated')
) AS found WHERE taken
