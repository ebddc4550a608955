-- Things that name a group that there is come to it. Takes: nothing. Returns: nothing; the number of rows. Cost: that of the legacy things.
UPDATE ontology_legacyrow SET decision = 'own', to_group = own_group, round = 0
WHERE kind = 'thing' AND decision = '' AND own_group IN (SELECT id FROM ontology_group)
