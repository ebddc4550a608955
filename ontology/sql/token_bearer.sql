-- The API token with a digest and its person, by a definer function, since nothing is in scope before the bearer is known; stamps the token's last
-- use, at most once a minute. Takes: digest. Returns: the token's columns, then the person's, in the order of services/tokens.py; no row for a token
-- that is unknown, revoked or expired, or whose person may not sign in.
-- Cost: two index probes; once a minute an update of one row.
SELECT * FROM ontology_token_bearer(%(digest)s)
