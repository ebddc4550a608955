-- What a group holds now: members, live things, stored bytes and API calls of the month, as quotas count them.
-- Takes: group, now. Returns: members, things, bytes, calls. Cost: the group's entries in the indexes of members and live things, and what quotas' counts cost.
SELECT
    (SELECT count(*) FROM ontology_membership WHERE group_id = %(group)s),
    (SELECT count(*) FROM ontology_thing WHERE group_id = %(group)s AND deleted_at IS NULL),
    ontology_group_storage_bytes(%(group)s),
    ontology_group_api_calls(%(group)s, %(now)s)
