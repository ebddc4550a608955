-- Whether an index is there and of use. Takes: name. Returns: so. Cost: a read of the catalog.
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%(name)s) AND indisvalid)
