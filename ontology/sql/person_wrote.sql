-- Remembers how far the log of changes is after a person's write. Takes: person. Returns nothing of use. Cost: one row, not waited for to reach the disk.
SELECT ontology_person_wrote(%(person)s)
