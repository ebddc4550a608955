"""PostgreSQL as Django speaks to it here: every transaction begins with the scope it acts in."""
