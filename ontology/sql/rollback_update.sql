-- Gives rows their saved values. Takes nothing. Returns nothing; the number of rows. Cost: an update per row and index.
UPDATE {table} AS c SET {assignments} FROM {stage} AS s JOIN {plan} AS p ON {saved_same} WHERE p.act = 'update' AND {same}
