-- Drops the table that migration_mentions made. Takes and returns nothing.
DROP TABLE migration_mention
