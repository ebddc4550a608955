-- Spark SQL. The second statement finds the groups and months; repeat it after each run.
CREATE TABLE $table (
    id STRING, group_id STRING, type STRING, actor_id STRING, target_id STRING, person_id STRING, `timestamp` TIMESTAMP, metadata STRING,
    external_id STRING, created_at TIMESTAMP, `group` STRING, month STRING
)
USING PARQUET
PARTITIONED BY (`group`, month)
LOCATION '$location/';

MSCK REPAIR TABLE $table;
