-- The newest things of one group whose name contains a text, whatever its case; by a definer function, because LIKE would lose its index behind a policy.
-- Takes: the text, the group, how many at most (in this order). Returns: ids. Cost: one trigram index scan.
SELECT ontology_things_named_like(%s, %s, %s)
