"""The command that adds missing shipped types."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from ontology.models import ConnectionType, EventType, ThingType

pytestmark = pytest.mark.django_db


def types_emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ontology_thingtype, ontology_connectiontype, ontology_eventtype")


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("load_catalogue", *arguments, stdout=out)
    return out.getvalue().strip()


def counts() -> tuple[int, int, int]:
    return ThingType.objects.count(), ConnectionType.objects.count(), EventType.objects.count()


def test_load_catalogue__adds_everything_once() -> None:
    types_emptied()

    first, second = printed(), printed()

    assert first == "Added 75 types of things, 40 of connections, 121 of events."
    assert second == "Added 0 types of things, 0 of connections, 0 of events."
    assert counts() == (75, 40, 121)


def test_load_catalogue__one_feature_leaves_the_others_out() -> None:
    types_emptied()

    assert printed("--feature", "shop") == "Added 72 types of things, 38 of connections, 118 of events."
    assert not ThingType.objects.filter(feature__in=["blog", "portfolio"]).exists()
