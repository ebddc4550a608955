DROP FUNCTION monitoring_requests_add(jsonb);
DROP TRIGGER review_guard ON monitoring_review;
DROP FUNCTION monitoring_review_guard();
DROP TRIGGER change_decision_guard ON monitoring_changedecision;
DROP FUNCTION monitoring_change_decision_guard();
DROP TRIGGER change_request_begins ON monitoring_changerequest;
DROP FUNCTION monitoring_change_request_begins();
DROP TRIGGER change_request_guard ON monitoring_changerequest;
DROP FUNCTION monitoring_change_request_guard();
