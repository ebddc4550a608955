"""A big tenant beside others, made by plain SQL in a few seconds: what plans and searches are tried on."""

import uuid

from django.db import connection

from ontology.models import Group
from ontology.services.record import partitions_ensure
from tests.factories import MOMENT, make_group

THINGS = """
INSERT INTO ontology_thing (id, group_id, type, name, properties, status, external_id)
SELECT uuidv7(), %(group)s, (ARRAY['note', 'product', 'creator'])[1 + n %% 3], 'Thing ' || md5(n::text), '{}', 'active', 'ext-' || n
FROM generate_series(1, %(things)s) AS n
"""
CONNECTIONS = """
INSERT INTO ontology_connection (id, group_id, from_thing_id, to_thing_id, type, metadata)
SELECT uuidv7(), %(group)s, id, lead(id, 1, first_value) OVER (ORDER BY id), 'references', '{}'
FROM (SELECT id, first_value(id) OVER (ORDER BY id) FROM ontology_thing WHERE group_id = %(group)s ORDER BY id LIMIT %(things)s / 2) AS chosen
"""
EVENTS = """
INSERT INTO ontology_event (id, group_id, type, actor_id, "timestamp", metadata)
SELECT uuidv7(), %(group)s, 'content_event', id, %(moment)s::timestamptz + row_number() OVER () * interval '1 second', '{}'
FROM (SELECT id FROM ontology_thing WHERE group_id = %(group)s ORDER BY id LIMIT %(things)s / 2) AS chosen
"""


def make_tenant(things: int) -> Group:
    """A group of THINGS things, half as many connections and events; analysed."""
    group = make_group(slug=f"tenant-{uuid.uuid4().hex}")
    partitions_ensure([MOMENT])
    with connection.cursor() as cursor:
        for text in (THINGS, CONNECTIONS, EVENTS):
            cursor.execute(text, {"group": group.pk, "things": things, "moment": MOMENT.replace(day=1)})
        cursor.execute("SELECT gin_clean_pending_list('thing_name_search')")
        cursor.execute("ANALYZE ontology_thing, ontology_connection, ontology_event")
    return group
