-- Revenue of a group by the rules of its event types: the numbers under revenue_key of events whose metadata contains revenue_when.
-- Takes: the moment from which events count as recent, the group's id. Returns: revenue of all time, revenue since then.
-- Cost: the events of those types by the index event_by_type; one read of each.
SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE moment >= %s), 0)
FROM (
    SELECT event."timestamp" AS moment, (event.metadata ->> rule.revenue_key)::numeric AS amount
    FROM ontology_eventtype AS rule
    JOIN ontology_event AS event ON event.type = rule.name
    WHERE event.group_id = %s
        AND rule.revenue_key <> ''
        AND event.metadata @> rule.revenue_when
        AND jsonb_typeof(event.metadata -> rule.revenue_key) = 'number'
) AS earned
