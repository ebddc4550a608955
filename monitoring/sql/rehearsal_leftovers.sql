-- Scratch databases that nobody is signed in to: a killed rehearsal left them. Takes: prefix. Returns: name. Cost: the catalog.
SELECT datname FROM pg_database
WHERE starts_with(datname, %(prefix)s) AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)
