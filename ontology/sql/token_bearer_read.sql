-- As token_bearer, where nothing can be written: the token with a digest and its person, from a replica. Takes: digest. Returns: the token's columns, then
-- the person's, in the order of services/tokens.py; no row for a token that opens nothing. Cost: two index probes.
SELECT * FROM ontology_token_bearer_read(%(digest)s)
