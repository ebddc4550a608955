-- Which catalogue this transaction sees. The number alone would come again after a rollback, so the writing transaction's id goes with it.
-- Takes: nothing. Returns: number, writer; no row while no type was ever written. Cost: one row.
SELECT number, xmin::text AS writer FROM ontology_catalogueversion WHERE id = 1
