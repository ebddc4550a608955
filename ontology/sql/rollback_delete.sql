-- Takes rows away. Takes nothing. Returns nothing; the number of rows. Cost: a deletion per row.
DELETE FROM {table} AS c USING {plan} AS p WHERE p.act = 'delete' AND {current_same}
