-- How many events of each group and month have left the database for good or for the archive: what no leaf can be compared with.
-- Takes with_archive (whether those still in the archive were read, and are not to be counted); returns group, month (as 202611), count.
-- Cost: a read of the manifests.
SELECT group_id, (extract(year FROM month) * 100 + extract(month FROM month))::int, sum(rows)::bigint FROM archival_archivebatch
WHERE state IN ('expired', 'erased') OR (state = 'archived' AND NOT %(with_archive)s)
GROUP BY 1, 2
