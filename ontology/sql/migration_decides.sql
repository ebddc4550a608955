-- Gives the statements of the open transaction that decide about all rows memory for their joins and sorts. Takes and returns nothing.
SELECT set_config('work_mem', '128MB', true)
