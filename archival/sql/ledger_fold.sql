-- Folds the ledger's pieces into one per group and month; the sums stay. Takes nothing. Returns: how many pieces it folded.
-- Cost: a read of the pieces, of which every statement that adds events leaves one.
SELECT ontology_events_accepted_fold()
