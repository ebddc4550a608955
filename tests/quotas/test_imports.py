"""Imports into a group with a limit: they reserve first, and what does not fit is refused before anything is written."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from ontology.models import Run, Thing
from quotas.models import Usage
from quotas.services.recount import usage_drift
from tests.factories import make_group
from tests.ontology.loading import load, written

pytestmark = pytest.mark.django_db(transaction=True)


def notes(path: Path, count: int) -> Path:
    return written(path / "notes.ndjson", [{"kind": "thing", "type": "note", "name": f"N{n}", "external_id": str(n)} for n in range(count)])


def test_import__that_fits_takes_the_last_place(tmp_path: Path) -> None:
    group = make_group(plan="starter", slug="acme")

    load(notes(tmp_path, 100), "--group", "acme", "--batch-size", "30")

    row = Usage.objects.get(group=group, metric="entities_total")
    assert (row.value, row.held, Thing.objects.in_group(group).count()) == (100, 0, 100)
    assert usage_drift() == []


def test_import__that_does_not_fit_writes_nothing_and_holds_nothing(tmp_path: Path) -> None:
    group = make_group(plan="starter", slug="acme")

    with pytest.raises(CommandError, match="uses 0 of 100 things of its plan Starter; 101 more would exceed the limit"):
        load(notes(tmp_path, 101), "--group", "acme", "--batch-size", "30")

    row = Usage.objects.get(group=group, metric="entities_total")
    assert (row.value, row.held, Thing.objects.in_group(group).count()) == (0, 0, 0)
    run = Run.objects.get(group=group)
    assert (run.state, run.reserved) == ("failed", {})
    assert run.error.startswith("The group acme uses 0 of 100 things")
