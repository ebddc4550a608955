-- What the server is set to. Takes nothing. Returns: sessions that people may have, bytes of shared_buffers, bytes of work_mem. Cost: none.
SELECT current_setting('max_connections')::float8 - current_setting('superuser_reserved_connections')::float8,
    pg_size_bytes(current_setting('shared_buffers'))::float8, pg_size_bytes(current_setting('work_mem'))::float8
