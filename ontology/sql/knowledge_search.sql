-- The pieces of knowledge of a group nearest to a vector by cosine distance, by a definer function: behind a policy vectors would lose their index.
-- Takes: group, vector, model, labels (all borne; empty: any), types (empty: any), rows. Returns: id, distance, the nearest first.
-- Cost: a group with up to 2,000 pieces (more where other groups have many), one distance each; a larger one, 400 to 40,000 steps in the index.
SELECT id, distance FROM ontology_knowledge_nearest(
    %(group)s::uuid, %(vector)s::vector, %(model)s::text, %(labels)s::text[], %(types)s::text[], %(rows)s::integer
)
