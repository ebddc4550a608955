-- Stops the database from taking scopes sealed with any key but those given by their inner blocks.
-- Takes: inner (a list). Returns: nothing (the row count says how many keys were dropped). Cost: one row a key.
DELETE FROM ontology_context_key WHERE inner_pad <> ALL(%(inner)s)
