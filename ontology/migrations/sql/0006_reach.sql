-- The key that seals scopes: HMAC-SHA256's two padded blocks, since there is no hmac() here. No role but the owner may read it. Several rows may
-- stand while a key is being replaced.
CREATE TABLE ontology_context_key (
    inner_pad bytea NOT NULL,
    outer_pad bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    CONSTRAINT ontology_context_key_pkey PRIMARY KEY (inner_pad)
);
REVOKE ALL ON ontology_context_key FROM PUBLIC;

-- ontology_claims: what a sealed scope says, as {person, groups, until, seal}; null for none. A seal that this installation did not make, or that
-- has run out, is refused. Runs as its owner, who alone may read the key.
CREATE FUNCTION ontology_claims(told text) RETURNS text[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    claims text[] := string_to_array(told, '|');
    body bytea;
BEGIN
    IF told IS NULL OR told = '' THEN
        RETURN NULL;
    END IF;
    IF array_length(claims, 1) = 4 THEN
        body := convert_to(left(told, -1 - length(claims[4])), 'UTF8');
        IF EXISTS (SELECT FROM public.ontology_context_key WHERE encode(sha256(outer_pad || sha256(inner_pad || body)), 'hex') = claims[4])
            AND claims[3]::bigint > extract(epoch FROM statement_timestamp()) THEN
            RETURN claims;
        END IF;
    END IF;
    RAISE EXCEPTION 'The scope of this transaction is not sealed by this installation, or its seal has run out.'
        USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'scope_is_sealed';
END $$;

-- ontology_group_reach: a group by its slug, its ancestors and descendants (itself among both), and the roles and further rights in it or above it
-- of the person whom SEALED names; and whether it or a group above it is archived. Runs as its owner, because it decides what the caller may see.
CREATE FUNCTION ontology_group_reach(sealed text, slug text)
    RETURNS TABLE (group_id uuid, above uuid[], below uuid[], roles text[], further text[], archived boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE chosen AS (
        SELECT g.id, g.parent_id, g.status FROM ontology_group AS g WHERE g.slug = ontology_group_reach.slug
    ), up AS (
        SELECT id, parent_id, status FROM chosen
        UNION
        SELECT g.id, g.parent_id, g.status FROM ontology_group AS g JOIN up ON g.id = up.parent_id
    ), down AS (
        SELECT id FROM chosen
        UNION
        SELECT g.id FROM ontology_group AS g JOIN down ON g.parent_id = down.id
    ), place AS (
        SELECT m.role, m.permissions FROM ontology_membership AS m JOIN up ON m.group_id = up.id
        WHERE m.person_id = (ontology_claims(sealed))[1]::uuid
    )
    SELECT
        chosen.id,
        ARRAY(SELECT id FROM up),
        ARRAY(SELECT id FROM down),
        ARRAY(SELECT DISTINCT role::text FROM place),
        ARRAY(SELECT DISTINCT word FROM place, jsonb_array_elements_text(place.permissions) AS word),
        EXISTS (SELECT FROM up WHERE up.status = 'archived')
    FROM chosen
$$;

-- ontology_person_reach: the groups of the memberships of the person whom SEALED names and all below them; every group when that scope is everywhere.
-- With a bound, only that group and those below it.
CREATE FUNCTION ontology_person_reach(sealed text, bound uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE told AS (
        SELECT (c.claims)[1]::uuid AS person, (c.claims)[2] = '*' AS everywhere FROM (SELECT ontology_claims(sealed) AS claims) AS c
    ), reached AS (
        (SELECT m.group_id AS id FROM ontology_membership AS m, told WHERE m.person_id = told.person AND NOT told.everywhere
         UNION
         SELECT bound FROM told WHERE told.everywhere AND bound IS NOT NULL)
        UNION
        SELECT g.id FROM ontology_group AS g JOIN reached ON g.parent_id = reached.id
    ), bounded AS (
        SELECT bound AS id
        UNION
        SELECT g.id FROM ontology_group AS g JOIN bounded ON g.parent_id = bounded.id
    )
    SELECT ARRAY(SELECT id FROM reached WHERE bound IS NULL OR id IN (SELECT id FROM bounded))
$$;
