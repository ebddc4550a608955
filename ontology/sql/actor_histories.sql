-- What live things did as actors before each of some days, and whether they did anything in the time after it; hot events and carried ones.
-- Takes: group, cuts (days, UTC), past (how many days before a cut count), recent (how many of them are recent), ahead (how many days from a cut on
-- are the time after it), first, last (the days that all of this lies in, last excluded), actors (how many at most).
-- Returns: actor, cut, the days with an event, the recent ones among them, the first, the last, whether one lies ahead; no row without a day in the past.
-- Of more actors than asked for, always the same ones, chosen by nothing that they do.
-- Cost: the index entries of the actors' events from first to last, by event_by_actor, and the group's carried rows of those days.
WITH acted AS MATERIALIZED (
    SELECT actor_id, ("timestamp" AT TIME ZONE 'UTC')::date AS day FROM ontology_event
    WHERE group_id = %(group)s AND actor_id IS NOT NULL
      AND "timestamp" >= %(first)s::date::timestamp AT TIME ZONE 'UTC' AND "timestamp" < %(last)s::date::timestamp AT TIME ZONE 'UTC'
    UNION
    SELECT actor_id, day FROM ontology_carriedevents
    WHERE group_id = %(group)s AND actor_id IS NOT NULL AND day >= %(first)s::date AND day < %(last)s::date
), chosen AS (
    SELECT thing.id FROM ontology_thing AS thing
    WHERE thing.group_id = %(group)s AND thing.deleted_at IS NULL AND thing.id IN (SELECT actor_id FROM acted)
    ORDER BY md5(thing.id::text)
    LIMIT %(actors)s
)
SELECT
    acted.actor_id, cut.day,
    count(*) FILTER (WHERE acted.day < cut.day),
    count(*) FILTER (WHERE acted.day < cut.day AND acted.day >= cut.day - %(recent)s::integer),
    min(acted.day), max(acted.day) FILTER (WHERE acted.day < cut.day),
    coalesce(bool_or(acted.day >= cut.day), false)
FROM chosen
JOIN acted ON acted.actor_id = chosen.id
CROSS JOIN unnest(%(cuts)s::date[]) AS cut (day)
WHERE acted.day >= cut.day - %(past)s::integer AND acted.day < cut.day + %(ahead)s::integer
GROUP BY acted.actor_id, cut.day
HAVING bool_or(acted.day < cut.day)
ORDER BY acted.actor_id, cut.day
