-- The groups a person may reach, by a definer function, since nothing is in scope yet.
-- Takes: sealed (a sealed scope that names the person; everywhere: may reach every group), bound (a group that all must lie in, or null).
-- Returns: a list of ids. Cost: one index probe per group of the answer.
SELECT ontology_person_reach(%(sealed)s, %(bound)s)
