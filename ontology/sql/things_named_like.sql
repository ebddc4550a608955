-- The newest things in scope whose name is like a pattern, by a definer function, for LIKE behind a policy loses its index.
-- Takes: pattern (upper-case, as LIKE has them), the group to keep to (null: all in scope), types (null: all), how many. Returns: ids.
-- Cost: the trigram index's matches, or the group's things from the newest on, whichever the planner takes for less.
SELECT ontology_things_named_like(%s, %s, %s, %s)
