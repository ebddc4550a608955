-- The newest groups in scope whose name is like a pattern, by a definer function, for LIKE behind a policy loses its index.
-- Takes: pattern (upper-case, as LIKE has them), how many. Returns: ids. Cost: the trigram index's matches.
SELECT ontology_groups_named_like(%s, %s)
