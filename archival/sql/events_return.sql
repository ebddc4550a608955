-- Brings the events of an archived batch back. Takes: batch, fence, until, and the columns of its events as arrays.
-- Returns: how many. Cost: an insert and an id kept per event.
SELECT archival_events_return(
    %(batch)s, %(fence)s, %(until)s, %(ids)s::uuid[], %(types)s::text[], %(actors)s::uuid[], %(targets)s::uuid[], %(persons)s::uuid[],
    %(moments)s::timestamptz[], %(metadatas)s::text[]::jsonb[], %(external_ids)s::text[], %(created)s::timestamptz[]
)
