-- Puts saved rows back. Takes nothing. Returns nothing; the number of rows. Cost: an insert per row and index.
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {saved} FROM {stage} AS s JOIN {plan} AS p ON {saved_same} WHERE p.act = 'insert'
