-- DuckDB: the first events of `events` that match, the latest first.
-- Takes: since, until, types, actor, target, thing, person, external_id, ids (each null: any), after, after_id (null: from the start), rows.
-- Returns: the columns of an event, moments in microseconds since 1970. Cost: the parts of the files that their statistics do not rule out.
SELECT id, group_id, type, actor_id, target_id, person_id, epoch_us("timestamp"), metadata, external_id, epoch_us(created_at)
FROM events
WHERE ($since IS NULL OR "timestamp" >= make_timestamptz($since::BIGINT)) AND ($until IS NULL OR "timestamp" < make_timestamptz($until::BIGINT))
    AND ($types IS NULL OR list_contains($types, type)) AND ($actor IS NULL OR actor_id = $actor) AND ($target IS NULL OR target_id = $target)
    AND ($thing IS NULL OR actor_id = $thing OR target_id = $thing) AND ($person IS NULL OR person_id = $person)
    AND ($external_id IS NULL OR external_id = $external_id) AND ($ids IS NULL OR list_contains($ids, id))
    AND ($after IS NULL OR ("timestamp" <= make_timestamptz($after::BIGINT)
        AND ("timestamp" < make_timestamptz($after::BIGINT) OR id < $after_id)))
ORDER BY "timestamp" DESC, id DESC
LIMIT $rows
