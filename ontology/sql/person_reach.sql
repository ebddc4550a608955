-- The groups a person may reach, by a definer function, since nothing is in scope yet.
-- Takes: person, bound (a group that all must lie in, or null), owner (whether the person may reach every group). Returns: a list of ids.
-- Cost: one index probe per group of the answer.
SELECT ontology_person_reach(%(person)s, %(bound)s, %(owner)s)
