-- The stage of links between things and knowledge: what COPY fills before thing_knowledge_insert. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_thing_knowledge (id uuid, thing_id uuid, knowledge_id uuid, role text) ON COMMIT DELETE ROWS
