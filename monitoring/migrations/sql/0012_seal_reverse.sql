DROP TRIGGER removed_events_are_noted_for_the_seal ON ontology_event;
DROP TRIGGER changed_events_are_noted_for_the_seal ON ontology_event;
DROP TRIGGER events_are_noted_for_the_seal ON ontology_event;
DROP FUNCTION monitoring_events_noted();
DROP FUNCTION monitoring_event_leaf(ontology_event);
