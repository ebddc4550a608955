-- The transactions that migration or an earlier rollback changed rows by, for the end of this one; those so old that their numbers come again are left
-- out. Takes and returns nothing. Cost: a read of the marks.
CREATE TEMPORARY TABLE rollback_mark ON COMMIT DROP AS SELECT DISTINCT xmin AS xid FROM ontology_migrationmark WHERE age(xmin) >= 0
