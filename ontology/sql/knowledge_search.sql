-- The pieces of knowledge of a group nearest to a vector by cosine distance, exactly: every live vector of the model is compared.
-- Takes: group, vector, model, labels (all borne; empty: any), types (empty: any), rows. Returns: id, distance, the nearest first.
-- Cost: one distance per live vector of that model in the group.
SELECT id, embedding <=> %(vector)s::vector AS distance
FROM ontology_knowledge
WHERE group_id = %(group)s AND deleted_at IS NULL AND embedding_model = %(model)s AND embedding_dim = vector_dims(%(vector)s::vector)
  AND (%(labels)s::text[] = '{}' OR labels::text[] @> %(labels)s::text[])
  AND (%(types)s::text[] = '{}' OR type = ANY(%(types)s))
ORDER BY distance, id
LIMIT %(rows)s
