-- The tables of a backup: the ontology's rows and catalogue, quarantine, what migration knows, quotas, save what transactions leave pending for their end.
-- Takes: nothing.
-- Returns: table, its columns in their order. Cost: a read of the catalog.
SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND (
    left(c.relname, 7) = 'quotas_' AND c.relname <> 'quotas_pending' OR c.relname IN (
        'ontology_group', 'ontology_membership', 'ontology_thing', 'ontology_connection', 'ontology_event', 'ontology_knowledge',
        'ontology_thingknowledge', 'ontology_embeddingmodel', 'ontology_thingtype', 'ontology_connectiontype', 'ontology_eventtype',
        'ontology_legacyrow', 'ontology_quarantinedrow', 'ontology_eventsaccepted'
    )
)
GROUP BY c.oid, c.relname ORDER BY c.relname
