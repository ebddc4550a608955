-- On how many UTC days in a row, the last of them today or yesterday, a thing did something; hot events and carried ones.
-- Takes: group, actor, today (a date). Returns: days. Cost: two index probes a day of the streak, by event_by_actor and carried_events_by_actor.
WITH RECURSIVE days (day, active) AS (
    SELECT %(today)s::date + 1, true
    UNION ALL
    SELECT
        day - 1,
        EXISTS (
            SELECT FROM ontology_event
            WHERE group_id = %(group)s AND actor_id = %(actor)s
              AND "timestamp" >= (day - 1)::timestamp AT TIME ZONE 'UTC' AND "timestamp" < day::timestamp AT TIME ZONE 'UTC'
        ) OR EXISTS (
            SELECT FROM ontology_carriedevents WHERE group_id = %(group)s AND actor_id = %(actor)s AND ontology_carriedevents.day = days.day - 1
        )
    FROM days
    WHERE active OR day = %(today)s::date
)
SELECT count(*) FROM days WHERE active AND day <= %(today)s::date
