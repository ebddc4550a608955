-- The events table: one partition a month, no default partition, so that a month can be dropped whole and none hides in a corner.
CREATE TABLE ontology_event (
    id uuid NOT NULL,
    group_id uuid,
    type varchar(100) NOT NULL,
    actor_id uuid,
    target_id uuid,
    person_id uuid,
    "timestamp" timestamptz NOT NULL,
    metadata jsonb NOT NULL,
    external_id varchar(500),
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    CONSTRAINT ontology_event_pkey PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
