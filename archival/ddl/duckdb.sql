-- DuckDB. Objects of groups that are encrypted under a key are no Parquet to anybody without it: narrow the pattern to the other groups.
CREATE OR REPLACE VIEW $table AS
SELECT * FROM read_parquet('$location/group=*/month=*/*.parquet', hive_partitioning = true);
