-- The latest events that a person caused, in some groups or in all, or those before a place among them.
-- Takes: person, groups (a list of ids, or null: all), before, before_id (both null: the latest of all), rows.
-- Returns: event id, timestamp, the latest first. Cost: one index scan by event_by_person that ends after ROWS entries of those groups.
SELECT id, "timestamp" FROM ontology_event
WHERE person_id = %(person)s AND group_id IS NOT NULL
  AND (%(groups)s::uuid[] IS NULL OR group_id = ANY(%(groups)s::uuid[]))
  AND (%(before)s::timestamptz IS NULL OR ("timestamp" <= %(before)s AND ("timestamp", id) < (%(before)s, %(before_id)s::uuid)))
ORDER BY "timestamp" DESC, id DESC
LIMIT %(rows)s
