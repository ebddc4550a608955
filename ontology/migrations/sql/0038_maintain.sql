-- As before, but for the right to vacuum, analyze and reindex, which reads no row: jobs keep partitions in shape too.
CREATE OR REPLACE FUNCTION ontology_partition_close(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    grantee regrole;
BEGIN
    FOR grantee IN SELECT DISTINCT a.grantee::regrole FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = target AND a.grantee NOT IN (c.relowner, 0) LOOP
        EXECUTE format('REVOKE SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM %s', target, grantee);
    END LOOP;
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', target);
END $$;
