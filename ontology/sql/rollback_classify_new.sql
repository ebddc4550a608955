-- Rows that migration or rollback made, that nobody changed since and that were not saved, go again. Takes: everything (whoever made them).
-- Returns nothing. Cost: a scan of the table.
INSERT INTO {plan} SELECT {current_key}, 'delete', '', {stands} FROM {table} AS c LEFT JOIN rollback_mark AS mark ON mark.xid = c.xmin
WHERE (mark.xid IS NOT NULL OR %(everything)s) AND NOT EXISTS (SELECT FROM {stage} AS s WHERE {same})
