-- Rules of the database that do not hold for every row: never validated, switched off, or not there at all.
-- Takes: group (a group asked for alone: nothing is returned), names (of the rules that there should be).
-- Returns: group (null), kind, id, reason, metadata. Cost: reads of the system catalog, some ms.
SELECT NULL::uuid, 'constraint', found.name, found.reason, jsonb_build_object('table', found.place)
FROM (
    SELECT conname::text AS name, 'unvalidated' AS reason, conrelid::regclass::text AS place
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND NOT convalidated
    UNION ALL
    SELECT tgname::text || ' on ' || tgrelid::regclass, 'switched_off', tgrelid::regclass::text
    FROM pg_trigger JOIN pg_class AS owner ON owner.oid = tgrelid
    WHERE owner.relnamespace = 'public'::regnamespace AND tgenabled = 'D'
    UNION ALL
    SELECT wanted.name, 'missing', wanted.place FROM unnest(%(names)s::text[], %(tables)s::text[]) AS wanted (name, place)
    WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conname = wanted.name AND connamespace = 'public'::regnamespace)
        AND NOT EXISTS (SELECT FROM pg_class WHERE relname = wanted.name AND relnamespace = 'public'::regnamespace AND relkind IN ('i', 'I'))
) AS found
WHERE %(group)s::uuid IS NULL
