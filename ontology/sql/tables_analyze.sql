-- Tells the planner what a bulk load has changed; nobody else analyses the parent of partitions. Takes and returns nothing. Cost: a sample of each table.
ANALYZE ontology_thing, ontology_connection, ontology_event, ontology_knowledge
