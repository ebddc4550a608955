-- Counts one call of a person for a group.
-- Takes: group, person. Returns: per, span, limit, used, ends_at, refused of every limit. Cost: some ten index probes, about 0.2 ms.
SELECT per, span, lim, used, ends_at, refused FROM quotas_call_count(%(group)s, %(person)s)
