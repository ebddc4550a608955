-- ontology_group_reach: a group by its slug, its ancestors and descendants (itself among both), and the person's roles and further rights in it
-- or above it. Runs as its owner, because it decides what the caller may see.
CREATE FUNCTION ontology_group_reach(person uuid, slug text)
    RETURNS TABLE (group_id uuid, above uuid[], below uuid[], roles text[], further text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE chosen AS (
        SELECT g.id, g.parent_id FROM ontology_group AS g WHERE g.slug = ontology_group_reach.slug
    ), up AS (
        SELECT id, parent_id FROM chosen
        UNION
        SELECT g.id, g.parent_id FROM ontology_group AS g JOIN up ON g.id = up.parent_id
    ), down AS (
        SELECT id FROM chosen
        UNION
        SELECT g.id FROM ontology_group AS g JOIN down ON g.parent_id = down.id
    ), place AS (
        SELECT m.role, m.permissions FROM ontology_membership AS m JOIN up ON m.group_id = up.id WHERE m.person_id = person
    )
    SELECT
        chosen.id,
        ARRAY(SELECT id FROM up),
        ARRAY(SELECT id FROM down),
        ARRAY(SELECT DISTINCT role::text FROM place),
        ARRAY(SELECT DISTINCT word FROM place, jsonb_array_elements_text(place.permissions) AS word)
    FROM chosen
$$;

-- ontology_person_reach: the groups of a person's memberships and all below them; for an owner of the platform every group. With a bound, only
-- that group and those below it.
CREATE FUNCTION ontology_person_reach(person uuid, bound uuid, owner boolean) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE reached AS (
        SELECT m.group_id AS id FROM ontology_membership AS m WHERE m.person_id = person AND NOT owner
        UNION
        SELECT bound WHERE owner AND bound IS NOT NULL
        UNION
        SELECT g.id FROM ontology_group AS g JOIN reached ON g.parent_id = reached.id
    ), bounded AS (
        SELECT bound AS id
        UNION
        SELECT g.id FROM ontology_group AS g JOIN bounded ON g.parent_id = bounded.id
    )
    SELECT ARRAY(SELECT id FROM reached WHERE bound IS NULL OR id IN (SELECT id FROM bounded))
$$;
