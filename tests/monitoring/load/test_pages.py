"""Simulations in the admin: side by side, and the report of one beside the last like it."""

from typing import Any

import pytest
from django.test import Client

from monitoring.load.report import compared, lines_of, page_of
from ontology.models import Run
from tests.factories import make_person, make_run, make_staff, staff_sign_in

pytestmark = pytest.mark.django_db
LIST = "/admin/monitoring/databasesample/load/"


def make_simulation(rate: float, **fields: Any) -> Run:
    """A simulation that has ended, at RATE requests a second."""
    spread = {"mean": 20.0, "max": 90.0, "p50": 15.0, "p95": 60.0, "p99": 80.0}
    wanted = {"address": "http://127.0.0.1:8000", "users": 100, "seconds": 60.0, "scenario": "normal", "things": 2000, "plan": "enterprise"}
    locks = {"name": "locks", "evidence": "80% of the sessions at work waited for a lock.", "remedy": "Shorter transactions."}
    told = {
        "wanted": wanted,
        "seconds": 51.0,
        "requests": 3210,
        "requests_per_second": rate,
        "ms": spread,
        "refused": 7,
        "failed": 2,
        "errors": {"503 crowded": 7, "500 internal_error": 2},
        "names": {"things: <one>": {"count": 3210, **spread, "errors": {"503 crowded": 7}}},
        "server_ms": {"queue": 1.0, "app": 20.0},
        "generator_cores": 0.1,
        "sampled": {"sessions": 4.0, "sessions_most": 8, "sessions_max": 197, "cores": 2, "cores_used": 1.5, "cores_by_part": {"server": 0.9}},
        "blockers": {},
        "timeline": [{"at": 1.0, "users": 100, "requests": 60, "errors": 0, "p95": 55.0}],
        "bottleneck": locks,
        "limits_reached": [locks, {"name": "server_workers", "evidence": "Requests waited.", "remedy": "More."}],
    }
    return make_run(**{"kind": "load_simulation", "parameters": wanted, "result": told, "state": "succeeded", **fields})


def test_list__shows_simulations_side_by_side(client: Client) -> None:
    make_simulation(40.0)
    make_simulation(55.5)
    make_run(kind="load_simulation", state="failed", parameters={"users": 7, "scenario": "stress"}, result={})
    staff_sign_in(client, make_staff())

    page = client.get(LIST).content.decode()

    assert page.index("55.5") < page.index("40.0")
    assert "stress" in page
    assert "Failed" in page


def test_list__before_the_first(client: Client) -> None:
    staff_sign_in(client, make_staff())
    assert "None yet: manage.py simulate_load --users 100 --serve makes the first." in client.get(LIST).content.decode()


def test_report__names_the_bottleneck_and_compares_with_the_last(client: Client) -> None:
    make_simulation(40.0)
    make_simulation(99.0, parameters={"users": 500, "scenario": "normal"})
    run = make_simulation(55.5)
    staff_sign_in(client, make_staff())

    answer = client.get(f"{LIST}{run.pk}/")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Bottleneck: locks" in page
    assert "before: 40.0" in page
    assert "things: &lt;one&gt;" in page
    assert "Reached too: <strong>server_workers</strong>" in page
    assert "before: 40.0" in page_of(compared(run))
    assert list(lines_of(compared(run)))[-3] == "Bottleneck: locks. 80% of the sessions at work waited for a lock."


def test_report__of_nothing_and_for_nobody_else(client: Client) -> None:
    run, empty = make_simulation(40.0), make_run(kind="load_simulation", state="failed", result={})
    other = make_run(kind="import", result={"rows": 1})
    staff_sign_in(client, make_staff())
    assert [client.get(f"{LIST}{it.pk}/").status_code for it in (empty, other)] == [404, 404]

    staff_sign_in(client, make_person(is_staff=True))
    assert [client.get(path).status_code for path in (LIST, f"{LIST}{run.pk}/")] == [403, 403]
