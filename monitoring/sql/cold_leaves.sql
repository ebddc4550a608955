-- DuckDB: the events of a file with their leaves, as monitoring_event_leaf makes them in the database.
-- Takes: the table `events`. Returns: id, leaf in hexadecimal. Cost: one read of the file.
SELECT id, sha256(concat(
    id, chr(31), group_id, chr(31), type, chr(31), actor_id, chr(31), target_id, chr(31), person_id, chr(31),
    epoch_us("timestamp")::varchar, chr(31), epoch_us(created_at)::varchar, chr(31), '=' || external_id, chr(31), metadata
))[1:32]
FROM events
