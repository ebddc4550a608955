"""No check makes a writer wait: writers that give up after a fifth of a second write on while every check runs."""

import threading
import time
import uuid

import pytest
from django.db import connection, connections, transaction

from monitoring.services.findings import check_and_write
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group, Thing
from ontology.services.things import things_insert
from tests.factories import make_group
from tests.monitoring.planting import make_connection, make_thing, sql

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_MS = 200


def write(group_id: uuid.UUID, ended: threading.Event, written: list[float], refused: list[str]) -> None:
    """Writes and changes things and connections until ENDED; how long each took, and what failed."""
    try:
        with acting(PLATFORM_SCOPE):
            group = Group.objects.get(pk=group_id)
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {PATIENCE_MS}")
            while not ended.is_set():
                began = time.monotonic()
                things_insert(group, [{"type": "note", "name": "Written meanwhile"}] * 20)
                Thing.objects.filter(group=group, type="product").update(status="active")
                written.append(time.monotonic() - began)
    except Exception as failed:  # noqa: BLE001 -- told by the test
        refused.append(str(failed))
    finally:
        connections["default"].close()


def test_checks__make_no_writer_wait() -> None:
    with acting(PLATFORM_SCOPE):
        groups = [make_group() for _ in range(3)]
        for group in groups:
            for _ in range(50):
                make_connection(group, make_thing(group, type="creator"), make_thing(group))
        ended, written, refused = threading.Event(), list[float](), list[str]()
        threads = [threading.Thread(target=write, args=(group.pk, ended, written, refused)) for group in groups]
        for thread in threads:
            thread.start()
        for _ in range(3):
            check_and_write()
        ended.set()
        for thread in threads:
            thread.join()
    assert refused == []
    assert len(written) >= 6


def test_control__a_lock_that_writers_wait_for_is_noticed() -> None:
    """The control: with a table locked against writers, as a careless check would, the same writers fail."""
    with acting(PLATFORM_SCOPE):
        group = make_group()

        ended, written, refused = threading.Event(), list[float](), list[str]()
        thread = threading.Thread(target=write, args=(group.pk, ended, written, refused))
        with transaction.atomic():
            sql("LOCK TABLE ontology_thing IN SHARE MODE")
            thread.start()
            thread.join(timeout=10)
        ended.set()
        thread.join()
    assert [text for text in refused if "lock timeout" in text] != []
