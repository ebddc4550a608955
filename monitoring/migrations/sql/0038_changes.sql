-- A change request goes from state to state as its model says, is fixed from the moment it is asked, and is approved by enough others.
CREATE FUNCTION monitoring_change_request_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted integer := CASE NEW.risk WHEN 'high' THEN 2 ELSE 1 END;
BEGIN
    IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'asked'), ('asked', 'asked'), ('asked', 'draft'), ('asked', 'approved'),
        ('asked', 'refused'), ('asked', 'withdrawn'), ('approved', 'withdrawn'), ('approved', 'done')) THEN
        RAISE EXCEPTION 'A change request does not go from % to %.', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'change_request_goes_from_state_to_state';
    END IF;
    IF OLD.state <> 'draft' AND (OLD.title, OLD.what, OLD.risk, OLD.is_emergency, OLD.concerns, OLD.steps, OLD.taken_back_by, OLD.starts_at, OLD.ends_at,
        OLD.rehearsal, OLD.asked_by_id) IS DISTINCT FROM (NEW.title, NEW.what, NEW.risk, NEW.is_emergency, NEW.concerns, NEW.steps, NEW.taken_back_by,
        NEW.starts_at, NEW.ends_at, NEW.rehearsal, NEW.asked_by_id) THEN
        RAISE EXCEPTION 'What was asked for is fixed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'change_request_is_fixed_once_asked';
    END IF;
    IF OLD.state = 'asked' AND NEW.state = 'approved' AND (SELECT count(*) FROM public.monitoring_changedecision AS made
        WHERE made.request_id = NEW.id AND made.verdict = 'approved') < wanted THEN
        RAISE EXCEPTION 'This change needs % approvals.', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'change_request_is_approved_by_enough';
    END IF;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER change_request_guard BEFORE UPDATE ON monitoring_changerequest FOR EACH ROW EXECUTE FUNCTION monitoring_change_request_guard();

CREATE FUNCTION monitoring_change_request_begins() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state <> 'draft' OR TG_OP = 'INSERT' AND NEW.state <> 'draft' THEN
        RAISE EXCEPTION 'A change request begins as a draft, and only a draft goes.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'change_request_begins_as_draft';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER change_request_begins BEFORE INSERT OR DELETE ON monitoring_changerequest
    FOR EACH ROW EXECUTE FUNCTION monitoring_change_request_begins();

-- Decisions are made while the request waits, by others than who asked; they go only with its return to a draft, and never change.
CREATE FUNCTION monitoring_change_decision_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asked public.monitoring_changerequest;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'A decision does not change.' USING ERRCODE = 'check_violation', CONSTRAINT = 'change_decision_is_fixed';
    END IF;
    SELECT * INTO asked FROM public.monitoring_changerequest WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.request_id ELSE NEW.request_id END FOR UPDATE;
    IF TG_OP = 'DELETE' THEN
        IF asked.state <> 'draft' THEN
            RAISE EXCEPTION 'A decision stays with its request.' USING ERRCODE = 'check_violation', CONSTRAINT = 'change_decision_is_fixed';
        END IF;
        RETURN OLD;
    END IF;
    IF asked.state IS DISTINCT FROM 'asked' THEN
        RAISE EXCEPTION 'Nothing waits for a decision.' USING ERRCODE = 'check_violation', CONSTRAINT = 'change_decision_is_made_while_asked';
    END IF;
    IF NEW.person_id = asked.asked_by_id THEN
        RAISE EXCEPTION 'Nobody decides their own request.' USING ERRCODE = 'check_violation', CONSTRAINT = 'change_decision_is_by_another';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_decision_guard BEFORE INSERT OR UPDATE OR DELETE ON monitoring_changedecision
    FOR EACH ROW EXECUTE FUNCTION monitoring_change_decision_guard();

CREATE FUNCTION monitoring_review_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.signed_at IS NOT NULL THEN
        RAISE EXCEPTION 'A signed review is fixed.' USING ERRCODE = 'check_violation', CONSTRAINT = 'review_is_fixed_once_signed';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.updated_at := clock_timestamp();
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER review_guard BEFORE UPDATE OR DELETE ON monitoring_review FOR EACH ROW EXECUTE FUNCTION monitoring_review_guard();

-- Adds what a process has answered. Takes [{caller, answered, refused, failed, ms, buckets: [number, …]}]. Adds only.
CREATE FUNCTION monitoring_requests_add(told jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
    INSERT INTO monitoring_requesthour AS kept (hour, caller, answered, refused, failed, total_ms, buckets)
    SELECT date_trunc('hour', clock_timestamp()), left(it.caller, 200), it.answered, it.refused, it.failed, it.ms, it.buckets
    FROM jsonb_to_recordset(told) AS it (caller text, answered bigint, refused bigint, failed bigint, ms float8, buckets jsonb)
    ON CONFLICT (hour, caller) DO UPDATE SET answered = kept.answered + excluded.answered, refused = kept.refused + excluded.refused,
        failed = kept.failed + excluded.failed, total_ms = kept.total_ms + excluded.total_ms,
        buckets = (SELECT jsonb_agg(coalesce(a.value::bigint, 0) + coalesce(b.value::bigint, 0) ORDER BY coalesce(a.place, b.place))
            FROM jsonb_array_elements_text(kept.buckets) WITH ORDINALITY AS a (value, place)
            FULL JOIN jsonb_array_elements_text(excluded.buckets) WITH ORDINALITY AS b (value, place) USING (place))
$$;
