-- What a batch carried for metrics counts as another's: the same events, written anew. Takes: group, old, new. Returns nothing.
-- Cost: the batch's rows in three tables.
WITH by_day AS (
    UPDATE ontology_carriedevents SET batch = %(new)s WHERE group_id = %(group)s AND batch = %(old)s
), by_target AS (
    UPDATE ontology_carriedtargets SET batch = %(new)s WHERE group_id = %(group)s AND batch = %(old)s
)
UPDATE ontology_carriedmetric SET batch = %(new)s WHERE group_id = %(group)s AND batch = %(old)s
