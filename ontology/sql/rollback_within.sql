-- Leaves rows that do not belong to one group out: neither now, nor as saved, nor as migration decided. Takes: group, kind (of what migration knows).
-- Returns nothing. Cost: that of the plan.
DELETE FROM {plan} AS p WHERE NOT EXISTS (SELECT FROM {table} AS c WHERE {current_same} AND {current_group} = %(group)s)
    AND NOT EXISTS (SELECT FROM {stage} AS s WHERE {saved_same} AND {saved_group} = %(group)s)
    AND NOT EXISTS (SELECT FROM ontology_legacyrow AS l WHERE l.kind = %(kind)s AND l.row_id = {plan_id} AND coalesce(l.to_group, l.own_group) = %(group)s)
