-- What waits for the seal, the oldest first, up to a number of events; at least one entry if there is any. Entries are numbered before they commit, so
-- one may appear behind later ones: it is taken when it is seen.
-- Takes events_max; returns ids of entries, and their first and last moments. Cost: a read of what waits.
SELECT id, first_at, last_at FROM (
    SELECT id, first_at, last_at, sum(cardinality(ids)) OVER (ORDER BY id) - cardinality(ids) AS before FROM monitoring_sealentry
) AS waiting
WHERE before < %(events_max)s ORDER BY id
