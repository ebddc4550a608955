"""docs/api.md: every command answers the status it names, and the Python runs, against a real server."""

import re
import shlex
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.db import connections
from pytest_django.live_server_helper import LiveServer

from ontology.models import Thing
from tests.factories import make_group, make_membership
from tests.ontology.api.client import make_token

TOUR = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"^(curl .*)  # (\d{3})$", re.MULTILINE)


def sent(command: str) -> int:
    """The status of a curl command of the tour."""
    words = shlex.split(command)[1:]
    given: dict[str, list[str]] = {"-X": [], "-H": [], "-d": []}
    address = words.pop(next(place for place, word in enumerate(words) if word.startswith("http")))
    for option, value in zip(words[::2], words[1::2], strict=True):
        given[option].append(value)
    headers = dict(header.split(": ", 1) for header in given["-H"])
    data = given["-d"][0].encode() if given["-d"] else None
    method = given["-X"][0] if given["-X"] else "POST" if data else "GET"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data, headers, method=method)) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.django_db(transaction=True)
def test_tour__does_what_it_says(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    token = make_token(make_membership(make_group(slug="acme"), role="group_owner").person)
    monkeypatch.setenv("SEXTANT", f"{live_server.url}/api/v1")
    monkeypatch.setenv("TOKEN", token)

    commands = COMMAND.findall(TOUR)
    told = [(command, int(status)) for command, status in commands]
    found = [(command, sent(command.replace("$SEXTANT", f"{live_server.url}/api/v1").replace("$TOKEN", token))) for command, _ in commands]
    (program,) = re.findall(r"```python\n(.*?)```", TOUR, re.DOTALL)
    exec(program, {})  # noqa: S102 -- the tour's own program

    assert len(commands) == TOUR.count("\ncurl ")
    assert found == told
    assert Thing.objects.filter(status="published").count() == 1
