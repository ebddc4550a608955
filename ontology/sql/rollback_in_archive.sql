-- Leaves saved events out that the archive has taken since. Takes nothing. Returns nothing; how many. Cost: probes by group and month.
DELETE FROM {stage} AS s USING (
    SELECT cold.cold_id FROM (
        SELECT group_id, array_agg(id) AS ids, array_agg(external_id::text) AS external_ids, array_agg("timestamp") AS moments
        FROM {stage} AS saved WHERE group_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM ontology_event AS e WHERE e.id = saved.id AND e."timestamp" = saved."timestamp"
        ) GROUP BY group_id
    ) AS it, ontology_events_cold(it.group_id, it.ids, it.external_ids, it.moments) AS cold
) AS found WHERE s.id = found.cold_id
