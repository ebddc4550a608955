-- Lets the statements of the open transaction find the few rows of a batch by index, whatever the statistics of a table in the middle of a migration
-- say. Takes and returns nothing.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true)
