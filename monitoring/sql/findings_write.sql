-- Makes findings of what the stage of broken rows holds: opens those that are new, sees the others again, and resolves those whose row is whole.
-- Takes: rule, severity, now, group (null: all were looked at), whole (false: of events only the latest were looked at, so none of them is resolved).
-- Returns: opened, seen again, resolved (counts). Cost: an index entry and a row version for each finding.
WITH broken AS MATERIALIZED (
    SELECT DISTINCT ON (kind, record_id) * FROM stage_broken ORDER BY kind, record_id, reason
), seen AS (
    INSERT INTO monitoring_finding AS finding
        (id, rule, severity, group_id, kind, record_id, reason, metadata, state, opened_at, seen_at, times_seen)
    SELECT gen_random_uuid(), %(rule)s, %(severity)s, group_id, kind, record_id, reason, metadata, 'open', %(now)s, %(now)s, 1 FROM broken
    ON CONFLICT (rule, kind, record_id) WHERE NOT (state = 'resolved')
    DO UPDATE SET seen_at = excluded.seen_at, times_seen = finding.times_seen + 1, reason = excluded.reason, metadata = excluded.metadata,
        severity = excluded.severity, group_id = excluded.group_id
    RETURNING times_seen
), whole AS (
    UPDATE monitoring_finding AS finding SET state = 'resolved', resolved_at = %(now)s
    WHERE (%(whole)s OR finding.kind <> 'event') AND finding.rule = %(rule)s AND finding.state <> 'resolved' AND (%(group)s::uuid IS NULL OR finding.group_id = %(group)s)
        AND NOT EXISTS (SELECT FROM broken WHERE broken.kind = finding.kind AND broken.record_id = finding.record_id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM seen WHERE times_seen = 1), (SELECT count(*) FROM seen WHERE times_seen > 1), (SELECT count(*) FROM whole)
