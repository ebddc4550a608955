-- A row leaves quarantine only where it comes back into its table, or where it is the saved row of an earlier rollback's conflict that is decided anew;
-- of one group alone, it comes back into quarantine only where it leaves its table. Takes: whole (not one group alone). Returns nothing. Cost: the plan's.
DELETE FROM {plan} AS p WHERE p.act = 'delete' AND EXISTS (
    SELECT FROM ontology_quarantinedrow AS q WHERE q.id = p.id AND NOT (%(whole)s AND left(q.reason, 9) = 'rollback_')
        AND NOT EXISTS (SELECT FROM {connections} AS r WHERE q.kind = 'connection' AND r.id = q.row_id AND r.act = 'insert')
        AND NOT EXISTS (SELECT FROM {links} AS r WHERE q.kind = 'link' AND r.id = q.row_id AND r.act = 'insert')
) OR p.act <> 'delete' AND NOT %(whole)s AND NOT EXISTS (
    SELECT FROM {stage} AS s WHERE s.id = p.id AND (
        EXISTS (SELECT FROM {connections} AS r WHERE s.kind = 'connection' AND r.id = s.row_id AND r.act = 'delete')
        OR EXISTS (SELECT FROM {links} AS r WHERE s.kind = 'link' AND r.id = s.row_id AND r.act = 'delete')
    )
)
