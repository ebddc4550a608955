DROP FUNCTION archival_batch_dissolve(uuid, bigint, bigint, text);
