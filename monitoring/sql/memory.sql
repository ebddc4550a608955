-- Lets the statements of this transaction use so much memory for a sort or a hash: checks join whole tables. Takes: memory. Returns it. Cost: none.
SELECT set_config('work_mem', %(memory)s, true)
