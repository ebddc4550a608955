-- The stage of knowledge: what COPY fills before knowledge_insert. Made once per session. Takes and returns nothing.
CREATE TEMPORARY TABLE IF NOT EXISTS stage_knowledge (
    id uuid, type text, text text, embedding vector, embedding_model text, embedding_dim integer, source_thing_id uuid, source_field text,
    chunk jsonb, labels text[], metadata jsonb, external_id text
) ON COMMIT DELETE ROWS
