-- Lets every process compile the catalogue anew. Takes nothing. Returns nothing.
UPDATE ontology_catalogueversion SET number = number + 1
