-- Decides about the saved rows of one table. A row that only migration or rollback has changed since returns; one that they removed comes back; what was
-- changed by somebody else, decided by staff or is gone is a conflict where the row was a legacy row. Takes: everything (whoever changed a row), name (of
-- the table), kind (of its rows in quarantine). Returns nothing. Cost: a join of the saved rows with those there are.
INSERT INTO {plan} SELECT {saved_key},
    CASE WHEN NOT there.is THEN CASE WHEN %(everything)s OR gone.key IS NOT NULL OR aside.untouched THEN 'insert' ELSE 'conflict' END
        WHEN %(everything)s OR mark.xid IS NOT NULL THEN 'update' ELSE 'conflict' END,
    CASE WHEN there.is THEN 'changed' WHEN aside.untouched IS NULL THEN 'gone' ELSE 'decided' END,
    there.is AND {leaves}
FROM {stage} AS s
LEFT JOIN {table} AS c ON {same}
CROSS JOIN LATERAL (SELECT {there} AS is) AS there
LEFT JOIN rollback_mark AS mark ON mark.xid = c.xmin
LEFT JOIN rollback_removed AS gone ON gone.key = %(name)s || ' ' || {saved_text}
LEFT JOIN (
    SELECT q.row_id, bool_or(q.state = 'open' AND m.xid IS NOT NULL) AS untouched
    FROM ontology_quarantinedrow AS q LEFT JOIN rollback_mark AS m ON m.xid = q.xmin
    WHERE q.kind = %(kind)s AND left(q.reason, 9) <> 'rollback_' GROUP BY q.row_id
) AS aside ON aside.row_id = {saved_id}
WHERE there.is AND (mark.xid IS NOT NULL OR %(everything)s) AND ({saved}) IS DISTINCT FROM ({current})
    OR there.is AND mark.xid IS NULL AND NOT %(everything)s AND {saved_legacy} AND NOT {current_legacy}
    OR NOT there.is AND (gone.key IS NOT NULL OR {saved_legacy} OR %(everything)s)
