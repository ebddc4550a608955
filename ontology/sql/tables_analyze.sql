-- Tells the planner what a bulk load has changed, by a definer function, since only its owner analyses a table; and nobody else analyses the parent
-- of partitions. Takes and returns nothing. Cost: a sample of each table.
SELECT ontology_tables_analyze()
