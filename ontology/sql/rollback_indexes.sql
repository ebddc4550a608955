-- Indexes for the time of a rollback: when a thing leaves its group, each key that refers to things looks for rows that still do, and the indexes there
-- are, of live rows or of deleted ones alone, are no help to it. Readers go on. Takes and returns nothing. Cost: a sort of each table.
CREATE INDEX IF NOT EXISTS rollback_connection_from ON ontology_connection (from_thing_id);
CREATE INDEX IF NOT EXISTS rollback_connection_to ON ontology_connection (to_thing_id);
CREATE INDEX IF NOT EXISTS rollback_knowledge_source ON ontology_knowledge (source_thing_id);
CREATE INDEX IF NOT EXISTS rollback_link_thing ON ontology_thingknowledge (thing_id);
CREATE INDEX IF NOT EXISTS rollback_link_knowledge ON ontology_thingknowledge (knowledge_id)
