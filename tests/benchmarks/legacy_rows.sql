-- Legacy rows for a benchmark. As in an export ids begin with moments, in two years; links and events name things of whatever age.
-- Takes: things, links and events for each of them, groups (ids). Returns nothing.
CREATE TEMPORARY TABLE made ON COMMIT PRESERVE ROWS AS
SELECT n, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n || ''), 1, 3) || '8' || substr(md5(n || 't'), 1, 15))::uuid AS id,
    (%(groups)s::uuid[])[1 + n %% cardinality(%(groups)s::uuid[])] AS own
FROM generate_series(0, %(things)s - 1) AS n, LATERAL (SELECT '2024-01-01Z'::timestamptz + n * (interval '700 days' / %(things)s)) AS moment (at);
CREATE UNIQUE INDEX ON made (n);
ANALYZE made;
INSERT INTO ontology_thing (id, type, name, properties, status, schema_version, external_id)
SELECT id, 'note', 'Note ' || n, jsonb_build_object('n', n, 'text', repeat('word ', 20)), 'active', 0, 'n' || n FROM made ORDER BY n;
INSERT INTO ontology_legacyrow (kind, row_id, old_id, own_group, moment)
SELECT 'thing', id, 'n' || n, CASE WHEN (n / cardinality(%(groups)s::uuid[])) %% 2 = 0 THEN own END, at FROM made ORDER BY n;
WITH links AS (
    SELECT (left(m.id::text, 14) || '7' || substr(md5(m.n || '.' || k), 1, 3) || '8' || substr(md5(k || '.' || m.n), 1, 15))::uuid AS id,
        m.id AS from_id, t.id AS to_id, m.n, m.at, k FROM made AS m CROSS JOIN generate_series(1, %(links)s) AS k
    JOIN made AS t ON t.n = (m.n + k * 997 * cardinality(%(groups)s::uuid[])) %% (%(things)s / cardinality(%(groups)s::uuid[]) * cardinality(%(groups)s::uuid[]))
    ORDER BY m.n, k
), rows AS (
    INSERT INTO ontology_connection (id, from_thing_id, to_thing_id, type, metadata) SELECT id, from_id, to_id, 'references', '{}' FROM links
)
INSERT INTO ontology_legacyrow (kind, row_id, old_id, moment) SELECT 'connection', id, 'c' || n || '.' || k, at FROM links;
WITH happened AS (
    SELECT a.id AS actor, m.n, k, '2024-01-01Z'::timestamptz + (m.n * %(events)s + k) * (interval '700 days' / (%(things)s * %(events)s)) AS at
    FROM made AS m CROSS JOIN generate_series(1, %(events)s) AS k JOIN made AS a ON a.n = (m.n::bigint * 7919 + k * 104729) %% %(things)s
), numbered AS (
    SELECT *, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n || '.' || k), 1, 3)
        || '8' || substr(md5(k || '.' || n), 1, 15))::uuid AS id FROM happened ORDER BY n, k
), rows AS (
    INSERT INTO ontology_event (id, type, actor_id, "timestamp", metadata) SELECT id, 'content_event', actor, at, jsonb_build_object('k', k) FROM numbered
)
INSERT INTO ontology_legacyrow (kind, row_id, old_id, moment) SELECT 'event', id, 'e' || n || '.' || k, at FROM numbered;
DROP TABLE made
