-- Takes the messages that are due, for one sender; a message waits for the earlier ones of its episode to the same receiver, so that none comes after
-- its all-clear. A switched-off channel's messages wait, but for its tests.
-- Takes now, lease (interval), limit, and skipped (ids of channels that have just failed); returns ids. Cost: reads of the index of what is due.
UPDATE monitoring_delivery AS taken SET claimed_until = %(now)s::timestamptz + %(lease)s, attempts = taken.attempts + 1
WHERE taken.id IN (
    SELECT due.id FROM monitoring_delivery AS due
    WHERE due.state IN ('waiting', 'held') AND due.due_at <= %(now)s AND (due.claimed_until IS NULL OR due.claimed_until <= %(now)s)
        AND (due.channel_id IS NULL OR due.channel_id <> ALL (%(skipped)s::uuid[]))
        AND NOT EXISTS (
            SELECT FROM monitoring_delivery AS earlier
            WHERE earlier.alert_id = due.alert_id AND earlier.id < due.id AND earlier.state IN ('waiting', 'held')
                AND earlier.channel_id IS NOT DISTINCT FROM due.channel_id AND earlier.person_id IS NOT DISTINCT FROM due.person_id
        )
        AND (due.channel_id IS NULL OR due.change = 'test' OR EXISTS (
            SELECT FROM monitoring_channel AS channel WHERE channel.id = due.channel_id AND channel.enabled
        ))
    ORDER BY due.due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING taken.id
