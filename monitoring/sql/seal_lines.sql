-- The lines of a range: each event that entries name, with its leaf as it is now; without one where it is gone.
-- Takes entries, and the first and last moment of their events; returns id, group, month (as 202611), leaf, act, decision.
-- Cost: an index read for each event, in the partitions of those moments alone.
SELECT named.id, event.group_id, (extract(year FROM event."timestamp" AT TIME ZONE 'UTC') * 100
    + extract(month FROM event."timestamp" AT TIME ZONE 'UTC'))::int,
    CASE WHEN event.id IS NOT NULL THEN monitoring_event_leaf(event) END, entry.act, entry.decision
FROM monitoring_sealentry AS entry CROSS JOIN LATERAL unnest(entry.ids) WITH ORDINALITY AS named (id, place)
LEFT JOIN ontology_event AS event ON event.id = named.id AND event."timestamp" BETWEEN %(first)s AND %(last)s AND entry.act <> 'removed'
WHERE entry.id = ANY (%(entries)s)
ORDER BY entry.id, named.place
