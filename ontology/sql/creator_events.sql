-- What a thing did as actor, by type of event: hot events and carried ones.
-- Takes: group, actor, now. Returns: type, how many, the latest not after now, revenue by the type's rule; by type.
-- Cost: the actor's hot events by event_by_actor, and its carried rows by carried_events_by_actor; what other actors did costs nothing.
SELECT type, sum(count)::bigint, max(last_at), sum(revenue)
FROM (
    SELECT
        event.type, count(*) AS count, max(event."timestamp") FILTER (WHERE event."timestamp" <= %(now)s) AS last_at,
        sum(ontology_event_revenue(event.metadata, coalesce(rule.revenue_key, ''), rule.revenue_when)) AS revenue
    FROM ontology_event AS event
    LEFT JOIN ontology_eventtype AS rule ON rule.name = event.type
    WHERE event.group_id = %(group)s AND event.actor_id = %(actor)s
    GROUP BY event.type
    UNION ALL
    SELECT type, sum(count), max(last_at), sum(revenue) FROM ontology_carriedevents
    WHERE group_id = %(group)s AND actor_id = %(actor)s
    GROUP BY type
) AS found
GROUP BY type
ORDER BY type
