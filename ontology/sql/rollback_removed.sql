-- The keys of rows that earlier rollbacks removed, for the end of this transaction. Takes and returns nothing. Cost: a read of the marks.
CREATE TEMPORARY TABLE rollback_removed ON COMMIT DROP AS SELECT DISTINCT unnest(removed) AS key FROM ontology_migrationmark
