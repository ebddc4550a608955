-- The events of a batch, in the order of its file, each with its number in the batch's digest: one statement, so one snapshot of rows and digest.
-- Takes: group, month_begins, month_ends, cutoff, upto_timestamp, upto_id. Returns (as CSV): the columns of a file, and the number.
-- Cost: one scan of the index event_latest between the two moments, and a hash a row.
COPY (
    SELECT event.id, event.group_id, event.type, event.actor_id, event.target_id, event.person_id, event."timestamp", event.metadata,
        event.external_id, event.created_at, archival_event_number(event)
    FROM ontology_event AS event
    WHERE event.group_id = %(group)s AND event."timestamp" >= %(month_begins)s AND event."timestamp" < %(month_ends)s
        AND event."timestamp" < %(cutoff)s AND event."timestamp" <= %(upto_timestamp)s
        AND (event."timestamp", event.id) <= (%(upto_timestamp)s, %(upto_id)s)
        AND NOT EXISTS (SELECT FROM archival_restoredevent AS back WHERE back.event_id = event.id AND back."timestamp" = event."timestamp")
    ORDER BY event."timestamp", event.id
) TO STDOUT (FORMAT csv)
