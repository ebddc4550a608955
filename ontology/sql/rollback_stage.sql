-- An empty table of the session for the saved rows of one table, and one for what becomes of them, both gone with the transaction.
-- Takes and returns nothing.
CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA;
CREATE TEMPORARY TABLE {plan} ON COMMIT DROP AS SELECT {key}, ''::text AS act, ''::text AS reason, false AS leaves FROM {table} WITH NO DATA
