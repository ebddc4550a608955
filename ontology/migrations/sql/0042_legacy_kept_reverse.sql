CREATE OR REPLACE FUNCTION ontology_legacy_merged(value jsonb, told jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) <> 'object' THEN jsonb_build_object('_legacy', value) || CASE told WHEN '{}' THEN '{}' ELSE jsonb_build_object('_legacyFields', told) END
        WHEN told = '{}' THEN value
        WHEN jsonb_typeof(value -> '_legacy') = 'object' THEN value || jsonb_build_object('_legacy', value -> '_legacy' || told)
        WHEN value ? '_legacy' THEN value || jsonb_build_object('_legacyFields', told)
        ELSE value || jsonb_build_object('_legacy', told)
    END
$$;
