-- The groups that have events, hot or cold. Takes nothing. Returns: group ids. Cost: a look into event_latest per group, the manifests' index.
SELECT id FROM ontology_group AS it
WHERE EXISTS (SELECT FROM ontology_event WHERE group_id = it.id)
    OR EXISTS (SELECT FROM archival_archivebatch WHERE group_id = it.id AND state IN ('archived', 'restored'))
