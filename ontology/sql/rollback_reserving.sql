-- Runs that hold room for rows to come. Takes: run (that asks). Returns: id. Cost: a scan of runs that are not finished.
SELECT id FROM ontology_run WHERE reserved <> '{}' AND id <> %(run)s ORDER BY id
