-- The groups that have events, hot or cold, or kept by an undone run. Takes nothing. Returns: group ids. Cost: a look into event_latest per group, the manifests' index, and what runs keep of it.
SELECT id FROM ontology_group AS it
WHERE EXISTS (SELECT FROM ontology_event WHERE group_id = it.id)
    OR EXISTS (SELECT FROM archival_archivebatch WHERE group_id = it.id AND state IN ('archived', 'restored'))
    OR EXISTS (SELECT FROM ontology_runkept WHERE group_id = it.id AND kind = 'event')
