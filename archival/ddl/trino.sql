-- Trino, in a catalog of the Hive connector: `USE hive.default` first. The second statement finds the groups and months; repeat it after each run.
CREATE TABLE $table (
    id varchar, group_id varchar, type varchar, actor_id varchar, target_id varchar, person_id varchar, "timestamp" timestamp(6), metadata varchar,
    external_id varchar, created_at timestamp(6), "group" varchar, month varchar
)
WITH (format = 'PARQUET', external_location = '$location/', partitioned_by = ARRAY['group', 'month']);

CALL system.sync_partition_metadata('default', '$table', 'FULL');
