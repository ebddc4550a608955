-- Remembers that a person's write has been committed just now. Called after the COMMIT, whose record lies before this place in the log. It need not be
-- on disk before the answer goes out: what is lost with the server's memory is only this place, and the replica has long passed it by then.
CREATE FUNCTION ontology_person_wrote(person uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO ontology_personwrite (person_id, place)
    SELECT id, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') FROM ontology_person WHERE id = person
    ON CONFLICT (person_id) DO UPDATE SET place = greatest(ontology_personwrite.place, excluded.place);
END $$;

-- Bytes of the log at the person's last write; null where none is remembered.
CREATE FUNCTION ontology_person_written(person uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT place FROM ontology_personwrite WHERE person_id = person
$$;

-- ontology_token_bearer where nothing can be written: on a replica, while the primary is away. The token's use is not remembered.
CREATE FUNCTION ontology_token_bearer_read(given bytea)
    RETURNS TABLE (
        token_id uuid, token_created_at timestamptz, token_updated_at timestamptz, token_person_id uuid, token_group_id uuid, token_name text,
        token_prefix text, token_digest bytea, token_scopes text[], token_expires_at timestamptz, token_last_used_at timestamptz,
        token_revoked_at timestamptz, person_id uuid, person_email text, person_username text, person_display_name text, person_platform_role text,
        person_is_staff boolean, person_is_superuser boolean, person_is_active boolean
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        t.id, t.created_at, t.updated_at, t.person_id, t.group_id, t.name::text, t.prefix::text, t.digest, t.scopes::text[], t.expires_at,
        t.last_used_at, t.revoked_at, p.id, p.email::text, p.username::text, p.display_name::text, p.platform_role::text, p.is_staff,
        p.is_superuser, p.is_active
    FROM ontology_apitoken AS t JOIN ontology_person AS p ON p.id = t.person_id
    WHERE t.digest = given AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp()) AND p.is_active
$$;
