-- A group by its slug, with what a person may do there and how far from it: by a definer function, since nothing is in scope yet.
-- Takes: sealed (a sealed scope that names the person), slug. Returns: group, it and its ancestors, it and its descendants, the person's roles and
-- further rights there or above, whether it or one above it is archived; no row for an unknown slug. Cost: one index probe per group of both lists.
SELECT group_id, above, below, roles, further, archived FROM ontology_group_reach(%(sealed)s, %(slug)s)
