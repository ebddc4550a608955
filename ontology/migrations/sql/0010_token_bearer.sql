-- ontology_token_bearer: the token with a digest and its person, when both are good at this moment. Runs as its owner, because nobody is in scope
-- before the bearer is known. Remembers the use, at most once a minute, and waits for nobody: a row that another request stamps is skipped.
CREATE FUNCTION ontology_token_bearer(given bytea)
    RETURNS TABLE (
        token_id uuid, token_created_at timestamptz, token_updated_at timestamptz, token_person_id uuid, token_group_id uuid, token_name text,
        token_prefix text, token_digest bytea, token_scopes text[], token_expires_at timestamptz, token_last_used_at timestamptz,
        token_revoked_at timestamptz, person_id uuid, person_email text, person_username text, person_display_name text, person_platform_role text,
        person_is_staff boolean, person_is_superuser boolean, person_is_active boolean
    )
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH used AS (
        UPDATE ontology_apitoken SET last_used_at = clock_timestamp() WHERE id = (
            SELECT t.id FROM ontology_apitoken AS t
            WHERE t.digest = given AND (t.last_used_at IS NULL OR t.last_used_at < clock_timestamp() - interval '1 minute')
            AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
            AND EXISTS (SELECT FROM ontology_person AS p WHERE p.id = t.person_id AND p.is_active)
            FOR UPDATE SKIP LOCKED
        )
    )
    SELECT
        t.id, t.created_at, t.updated_at, t.person_id, t.group_id, t.name::text, t.prefix::text, t.digest, t.scopes::text[], t.expires_at,
        t.last_used_at, t.revoked_at, p.id, p.email::text, p.username::text, p.display_name::text, p.platform_role::text, p.is_staff,
        p.is_superuser, p.is_active
    FROM ontology_apitoken AS t JOIN ontology_person AS p ON p.id = t.person_id
    WHERE t.digest = given AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()) AND p.is_active
$$;
