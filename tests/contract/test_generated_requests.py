"""Requests made from the OpenAPI document by a machine: every answer must be one that the document describes."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ontology.models import Group
from tests.addresses import ROOT
from tests.contract.conftest import SEED
from tests.contract.world import make_world
from tests.serving import THREADS, serving

CASES_MIN = 1_000
LEFT_BY_CHANCE_MAX = 3
"""Operations of which chance made no valid request, among some ninety; each has tests of its own."""
NEEDS_AN_ARCHIVE = {"archive_restore"}
"""Done only where batches are archived, which takes a worker: tests/archival/test_api.py does it."""


@pytest.mark.django_db(transaction=True)
def test_document__describes_every_answer_to_generated_requests(tmp_path: Path) -> None:
    world = make_world()
    given = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.hooks", "CONTRACT_KNOWN": json.dumps(world.known), "PYTHONPATH": str(ROOT)}
    given["CONTRACT_ANSWERS"] = str(tmp_path / "answers")
    with serving(THREADS) as place:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests" / "contract" / "schemathesis.toml")]
        command += ["run", f"{place}/api/schema/", "--header", f"Authorization: Bearer {world.token}", "--seed", str(SEED)]
        done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, check=False)
        left = _never_done(tmp_path / "answers") - NEEDS_AN_ARCHIVE
        if (
            done.returncode or len(left) > LEFT_BY_CHANCE_MAX
        ):  # the tool takes a valid case of its stateful phase for an invalid one now and then: what it finds twice counts
            Group.objects.filter(pk=world.group.pk).update(status="active")  # a request may have put it away, by its example in the document
            sys.stdout.write(f"seed {SEED}, first run\n{done.stdout}{done.stderr}")
            done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, check=False)

    sys.stdout.write(f"seed {SEED}\n{done.stdout}{done.stderr}")
    never_done = _never_done(tmp_path / "answers")
    generated = re.search(r"([\d,]+) generated", done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert generated is not None
    assert int(generated[1].replace(",", "")) >= CASES_MIN
    assert len(never_done - NEEDS_AN_ARCHIVE) <= LEFT_BY_CHANCE_MAX, never_done


def _never_done(answers: Path) -> set[str]:
    """Operations of which no request was done: what was checked of them are refusals alone."""
    seen = Counter(answers.read_text(encoding="utf-8").splitlines())
    sys.stdout.write("\n".join(f"{count:6} {line}" for line, count in sorted(seen.items())) + "\n")
    return {line.split()[0] for line in seen} - {line.split()[0] for line in seen if line.split()[1].startswith("2")}
