-- Makes embedding models that are missing; a model that is there keeps its dimension.
-- Takes: names, dims (in step). Returns: name, dim of each, as they stand. Cost: one index probe each.
WITH named AS (
    SELECT name, dim FROM unnest(%(names)s::text[], %(dims)s::integer[]) AS wanted (name, dim)
), made AS (
    INSERT INTO ontology_embeddingmodel (name, dim) SELECT name, dim FROM named ORDER BY name ON CONFLICT (name) DO NOTHING RETURNING name, dim
)
SELECT name, dim FROM made
UNION ALL
SELECT model.name, model.dim FROM ontology_embeddingmodel AS model JOIN named USING (name)
