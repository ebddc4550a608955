-- DuckDB: how many events of `events` match.
-- Takes: as cold_page; after, after_id and rows play no part. Returns: the count. Cost: the parts of the files that their statistics do not rule out.
SELECT count(*) FROM events
WHERE ($since IS NULL OR "timestamp" >= make_timestamptz($since::BIGINT)) AND ($until IS NULL OR "timestamp" < make_timestamptz($until::BIGINT))
    AND ($types IS NULL OR list_contains($types, type)) AND ($actor IS NULL OR actor_id = $actor) AND ($target IS NULL OR target_id = $target)
    AND ($thing IS NULL OR actor_id = $thing OR target_id = $thing) AND ($person IS NULL OR person_id = $person)
    AND ($external_id IS NULL OR external_id = $external_id) AND ($ids IS NULL OR list_contains($ids, id))
    AND ($after IS NULL OR true) AND ($after_id IS NULL OR true) AND ($rows IS NULL OR true)
