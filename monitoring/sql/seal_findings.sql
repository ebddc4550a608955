-- Where events are not what was sealed: changed, gone, come back, or never sealed. Those of ranges after LAST, or that wait for the seal, are left out:
-- they moved while this looked.
-- Takes last (a range's number); returns kind, event, group, month and range. Cost: joins of the staged tables by hashing.
WITH newest AS (
    SELECT DISTINCT ON (id) id, leaf, act, number, place FROM seal_line ORDER BY id, number DESC, place DESC
), whence AS (
    SELECT DISTINCT ON (id) id, group_id, month FROM seal_line WHERE group_id IS NOT NULL OR month IS NOT NULL ORDER BY id, number DESC, place DESC
), moving AS (
    SELECT id FROM newest WHERE number > %(last)s
    UNION SELECT unnest(ids) FROM monitoring_sealentry
), compared AS (
    SELECT coalesce(newest.id, hot.id) AS id, coalesce(whence.group_id, hot.group_id) AS group_id, whence.month, newest.number,
        CASE
            WHEN newest.id IS NULL AND back.event_id IS NULL THEN 'inserted'
            WHEN newest.id IS NULL THEN NULL
            WHEN newest.act = 'removed' AND hot.id IS NOT NULL THEN 'inserted'
            WHEN newest.act = 'removed' THEN NULL
            WHEN hot.leaf <> newest.leaf THEN 'edited'
            WHEN hot.id IS NOT NULL THEN NULL
            WHEN cold.id IS NULL THEN 'missing'
            WHEN cold.leaf <> newest.leaf AND NOT cold.is_rewritten THEN 'edited'
        END AS kind
    FROM newest
    FULL JOIN seal_hot AS hot ON hot.id = newest.id
    LEFT JOIN whence ON whence.id = newest.id
    LEFT JOIN seal_cold AS cold ON cold.id = newest.id
    LEFT JOIN archival_restoredevent AS back ON back.event_id = hot.id
)
SELECT kind, id, group_id, month, number FROM compared
WHERE kind IS NOT NULL AND id NOT IN (SELECT id FROM moving)
ORDER BY number, id
