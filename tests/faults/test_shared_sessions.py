"""Row 4 of the bar: behind a pooler in transaction mode, in threads, processes and under ASGI, no request acts in another's scope."""

import json
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from ontology.isolation import SETTING
from ontology.models import Group, Thing
from tests.addresses import address
from tests.factories import make_group, make_membership, make_thing
from tests.network import Pooler, pooled
from tests.ontology.api.client import make_token
from tests.serving import serving

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS = 3
TENANTS = 6
CALLS_A_TENANT = 40
SERVERS = {
    "threads": ["config.wsgi", "--workers", "1", "--threads", "8"],
    "processes": ["config.wsgi", "--workers", "3", "--threads", "2"],
    "asgi": ["config.asgi", "--workers", "1", "-k", "asgi"],
}


def ask(place: str, slug: str, token: str, body: object = None) -> list[str]:
    """The names of the things that a request for SLUG is told, having made one first when there is a BODY."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    at = f"{place}/api/v1/groups/{slug}/things/"
    if body is not None:
        urllib.request.urlopen(urllib.request.Request(at, json.dumps(body).encode(), headers), timeout=60).read()
    with urllib.request.urlopen(urllib.request.Request(f"{at}?limit=100", headers=headers), timeout=60) as answer:
        return [item["name"] for item in json.load(answer)["items"]]


@pytest.mark.parametrize("kind", SERVERS)
def test_scope__is_the_requests_own_behind_a_transaction_pooler(kind: str) -> None:
    tenants = []
    for number in range(TENANTS):
        group = make_group(slug=f"tenant-{number}")
        make_thing(group, name=f"{group.slug} first")
        tenants.append((group.slug, make_token(make_membership(group, role="group_owner").person)))
    jobs = [tenant for _ in range(CALLS_A_TENANT) for tenant in tenants]
    server_port = urlsplit(address("app")).port
    assert server_port is not None

    with pooled(server_port, SESSIONS) as (pooler, port), serving(SERVERS[kind], port) as place, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda job: (job[1][0], ask(place, *job[1], _body(job[0], job[1][0]))), enumerate(jobs)))

    strange = Counter(slug for slug, names in answers if not names or any(not name.startswith(f"{slug} ") for name in names))
    assert strange == {}
    assert {
        row.slug: Thing.objects.filter(group=row).exclude(name__startswith=f"{row.slug} ").count()
        for row in Group.objects.filter(slug__startswith="tenant")
    } == {slug: 0 for slug, _ in tenants}
    _was_shared(pooler)


def _body(place: int, slug: str) -> object:
    """Every fourth request writes as well."""
    return {"type": "note", "name": f"{slug} {place}"} if place % 4 == 0 else None


def _was_shared(pooler: Pooler) -> None:
    assert pooler.made <= SESSIONS
    assert pooler.shared > TENANTS * CALLS_A_TENANT, "each session must have served many clients, or the test shows nothing"


def test_scope__for_a_session_would_leak_behind_the_pooler() -> None:
    """The control: a scope set for the session, not the transaction, is the next client's."""
    server_port = urlsplit(address("app")).port
    assert server_port is not None
    with pooled(server_port, 1) as (_, port):
        through = urlsplit(address("app"))
        url = through._replace(netloc=f"{through.username}:{through.password}@127.0.0.1:{port}").geturl()
        with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as other:
            one.execute("SELECT set_config(%s, 'of one', false)", [SETTING])
            assert other.execute("SELECT current_setting(%s, true)", [SETTING]).fetchone() == ("of one",)
            one.execute("SELECT set_config(%s, '', false)", [SETTING])
            with one.transaction():
                one.execute("SELECT set_config(%s, 'of one', true)", [SETTING])
            assert other.execute("SELECT current_setting(%s, true)", [SETTING]).fetchone() == ("",)
