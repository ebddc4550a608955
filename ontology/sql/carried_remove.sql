-- Takes out what a batch of cold events carried, for its events are hot again, or are carried anew.
-- Takes: group, batch. Returns: how many events the rows stood for. Cost: one index scan of the batch's rows in each of three tables.
WITH by_day AS (
    DELETE FROM ontology_carriedevents WHERE group_id = %(group)s AND batch = %(batch)s RETURNING count
), by_target AS (
    DELETE FROM ontology_carriedtargets WHERE group_id = %(group)s AND batch = %(batch)s
), by_metric AS (
    DELETE FROM ontology_carriedmetric WHERE group_id = %(group)s AND batch = %(batch)s
)
SELECT coalesce(sum(count), 0)::bigint FROM by_day
