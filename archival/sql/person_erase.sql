-- Puts a pseudonym in a person's place in the hot events of a group. Takes: group, person, pseudonym, words (texts that name the person).
-- Returns: how many events. Cost: a read of the group's hot events.
SELECT archival_person_erase(%(group)s, %(person)s, %(pseudonym)s, %(words)s::text[])
