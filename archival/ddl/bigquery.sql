-- BigQuery: an external table over the bucket; name your dataset before the table's name.
CREATE OR REPLACE EXTERNAL TABLE $table
WITH PARTITION COLUMNS (`group` STRING, month STRING)
OPTIONS (format = 'PARQUET', uris = ['$location/*'], hive_partition_uri_prefix = '$location');
