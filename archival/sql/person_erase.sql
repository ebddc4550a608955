-- Puts a pseudonym in a person's place in the hot events of a group, and in those that undone runs keep. Takes: group, person, pseudonym, words (texts that name the person).
-- Returns: how many events. Cost: a read of the group's hot events, and of those kept.
SELECT archival_person_erase(%(group)s, %(person)s, %(pseudonym)s, %(words)s::text[])
