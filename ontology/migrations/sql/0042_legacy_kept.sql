-- As before, but that what a document itself keeps under `_legacy` is never replaced by another value: what is told then stands under `_legacyFields`.
CREATE OR REPLACE FUNCTION ontology_legacy_merged(value jsonb, told jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN jsonb_typeof(value) <> 'object' THEN jsonb_build_object('_legacy', value) || CASE told WHEN '{}' THEN '{}' ELSE jsonb_build_object('_legacyFields', told) END
        WHEN told = '{}' THEN value
        WHEN NOT value ? '_legacy' THEN value || jsonb_build_object('_legacy', told)
        WHEN jsonb_typeof(value -> '_legacy') = 'object' AND (value -> '_legacy') || told = told || (value -> '_legacy')
            THEN value || jsonb_build_object('_legacy', (value -> '_legacy') || told)
        WHEN value ? '_legacyFields' THEN value || jsonb_build_object('_legacyFields', told || jsonb_build_object('_legacyFields', value -> '_legacyFields'))
        ELSE value || jsonb_build_object('_legacyFields', told)
    END
$$;
