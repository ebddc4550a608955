-- Claims the oldest due events of a group for a worker: those of one month, at most so many, unless another batch of that month is at work.
-- Takes: id, group, cutoff, rows, worker, lease_seconds, run, person, door, busy (months that others hold). Returns: the batch's id and month; the id is
-- null when another worker was quicker, nothing when nothing is due.
-- Cost: two short scans of event_latest, as many entries as the batch has rows, and more where restored events lie among them.
WITH first AS (
    SELECT date_trunc('month', event."timestamp" AT TIME ZONE 'UTC') AS month FROM ontology_event AS event
    WHERE event.group_id = %(group)s AND event."timestamp" < %(cutoff)s
        AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
        AND date_trunc('month', event."timestamp" AT TIME ZONE 'UTC')::date <> ALL (%(busy)s::date[])
    ORDER BY event."timestamp", event.id LIMIT 1
), chosen AS (
    SELECT event."timestamp", event.id FROM first, ontology_event AS event
    WHERE event.group_id = %(group)s AND event."timestamp" >= first.month AT TIME ZONE 'UTC'
        AND event."timestamp" < least(%(cutoff)s, (first.month + interval '1 month') AT TIME ZONE 'UTC')
        AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
    ORDER BY event."timestamp", event.id LIMIT %(rows)s
), made AS (
    INSERT INTO archival_archivebatch (
        id, group_id, month, state, cutoff, upto_timestamp, upto_id, fence, worker, lease_until, key, storage, bytes, sha256, rows, digest,
        schema_version, compression, encryption, run_id, person_id, door, took_ms, verification, error
    )
    SELECT %(id)s, %(group)s, first.month::date, 'claimed', %(cutoff)s, last."timestamp", last.id, 1, %(worker)s,
        clock_timestamp() + make_interval(secs => %(lease_seconds)s), '', '', 0, '', 0, '', 1, 'zstd', 'none', %(run)s, %(person)s, %(door)s, 0, '', ''
    FROM first, (SELECT "timestamp", id FROM chosen ORDER BY "timestamp" DESC, id DESC LIMIT 1) AS last
    ON CONFLICT DO NOTHING
    RETURNING id, month
)
SELECT made.id, first.month::date FROM first LEFT JOIN made ON true
