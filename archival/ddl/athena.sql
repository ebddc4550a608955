-- Athena (Hive's DDL). The second statement finds the groups and months; repeat it after each run, or let Glue do so.
CREATE EXTERNAL TABLE $table (
    id string, group_id string, type string, actor_id string, target_id string, person_id string, `timestamp` timestamp, metadata string,
    external_id string, created_at timestamp
)
PARTITIONED BY (`group` string, month string)
STORED AS PARQUET
LOCATION '$location/';

MSCK REPAIR TABLE $table;
