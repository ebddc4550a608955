-- Moves a thing whose group was ambiguous or unknown, by its owner's function. Takes: thing, group. Returns: what followed, null when it is no such thing.
SELECT ontology_legacy_thing_assign(%(thing)s, %(group)s)
