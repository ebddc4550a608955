-- Claims a person's idempotency key; waits for another transaction that is claiming it, and claims it if that one is rolled back.
-- Takes: id, person, key, request. Returns: the id, or no row when the key is there. Cost: one index probe and one row.
INSERT INTO ontology_idempotencykey (id, person_id, key, request, headers, body)
VALUES (%(id)s, %(person)s, %(key)s, %(request)s, '{}', ''::bytea)
ON CONFLICT (person_id, key) DO NOTHING
RETURNING id
