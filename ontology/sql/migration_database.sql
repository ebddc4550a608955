-- Which database this is. Takes: nothing. Returns: the number of its cluster and its own, as one text. Cost: none.
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text
