-- Takes away events that a run created, keeping each whole under the run that undoes; the function demands that this was its doing.
-- Takes: run (the one that undoes), group, ids. Returns: how many it took. Cost: an index read a row and month.
SELECT ontology_run_events_take(%(run)s, %(group)s, %(ids)s)
