-- DuckDB: how many events a file holds, and the sum of their numbers, as archival_event_number makes them in the database.
-- Takes: the table `events`. Returns: rows, the sum before it is cut to 64 bits. Cost: one read of the file.
SELECT count(*), sum(('0x' || md5(concat(
    id, chr(31), group_id, chr(31), type, chr(31), actor_id, chr(31), target_id, chr(31), person_id, chr(31),
    epoch_us("timestamp")::varchar, chr(31), epoch_us(created_at)::varchar, chr(31), '=' || external_id, chr(31), metadata
))[17:32])::UBIGINT)
FROM events
