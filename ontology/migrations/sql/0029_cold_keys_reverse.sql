DO $$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT tgrelid::regclass AS name FROM pg_trigger WHERE tgname = 'event_is_not_in_the_archive' LOOP
        EXECUTE format('DROP TRIGGER event_is_not_in_the_archive ON %s', it.name);
    END LOOP;
END $$;
DROP FUNCTION ontology_event_not_in_archive();
DROP FUNCTION ontology_events_cold(uuid, uuid[], text[], timestamptz[]);
DROP FUNCTION ontology_key_bucket(uuid);
DROP FUNCTION ontology_event_keys(uuid, text);
