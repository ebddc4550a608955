-- Where this database is: the server's own number and the database's, which a copy by dump or by template does not share.
-- Takes nothing. Returns: system identifier, object id of the database. Cost: a read of the control file.
SELECT (SELECT system_identifier FROM pg_control_system()), (SELECT oid FROM pg_database WHERE datname = current_database())
