-- Lets the database take scopes sealed with a key, given as the two padded blocks of HMAC-SHA256.
-- Takes: inner, outer. Returns: nothing. Cost: one row.
INSERT INTO ontology_context_key (inner_pad, outer_pad) VALUES (%(inner)s, %(outer)s) ON CONFLICT (inner_pad) DO NOTHING
