-- Where a verification puts beside each other what is there, what was sealed, and what is cold; gone with its transaction.
-- Takes and returns nothing. Cost: one read of all hot events, some 4 us each.
CREATE TEMPORARY TABLE seal_hot ON COMMIT DROP AS
    SELECT event.id, event.group_id, monitoring_event_leaf(event) AS leaf FROM ontology_event AS event;
CREATE TEMPORARY TABLE seal_line (
    id uuid, group_id uuid, month int, leaf bytea, act text, decision text, number bigint, place bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE seal_cold (id uuid, leaf bytea, is_rewritten boolean) ON COMMIT DROP
