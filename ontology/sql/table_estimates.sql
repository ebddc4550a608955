-- How many rows tables hold, as PostgreSQL last estimated; partitions added up, tables never analysed count as empty.
-- Takes: a list of table names. Returns: table, rows. Cost: catalog reads only.
SELECT named.name, sum(greatest(part.reltuples, 0))::bigint
FROM unnest(%s::text[]) AS named (name)
JOIN pg_class AS part
    ON part.oid = named.name::regclass OR part.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = named.name::regclass)
WHERE part.relkind = 'r'
GROUP BY named.name
