-- Things without any evidence come to the default group. Takes: default. Returns: nothing; the number of rows. Cost: that of these things.
UPDATE ontology_legacyrow SET decision = 'isolated', to_group = %(default)s WHERE kind = 'thing' AND decision = ''
