-- Moves a run by the wish of somebody who watches it: each state it may be in becomes another. Takes: run, moves ({from: to}), ended (states in which
-- nothing goes on by itself). Returns: the state before and after; nothing when the wish makes no sense in its state. One row by its key, locked.
WITH before AS (
    SELECT id, state FROM ontology_run WHERE id = %(run)s FOR UPDATE
)
UPDATE ontology_run AS r
SET state = %(moves)s::jsonb ->> before.state,
    finished_at = CASE WHEN %(moves)s::jsonb ->> before.state = ANY (%(ended)s) THEN clock_timestamp() END,
    reserved = CASE WHEN %(moves)s::jsonb ->> before.state = ANY (%(ended)s) THEN '{}' ELSE r.reserved END,
    queued_at = CASE WHEN %(moves)s::jsonb ->> before.state = 'new' THEN clock_timestamp() ELSE r.queued_at END,
    attempts = CASE WHEN %(moves)s::jsonb ->> before.state = 'new' THEN 0 ELSE r.attempts END
FROM before
WHERE r.id = before.id AND %(moves)s::jsonb ? before.state
RETURNING before.state, r.state
