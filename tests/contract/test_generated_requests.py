"""Requests made from the OpenAPI document by a machine: every answer must be one that the document describes."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from ontology.models import Group
from tests.addresses import ROOT
from tests.contract.conftest import SEED
from tests.contract.world import World, make_world
from tests.serving import THREADS, serving

CASES_MIN = 1_000
LEFT_BY_CHANCE_MAX = 3
"""Operations of which chance made no valid request, among some ninety; each has tests of its own."""
FOR_THE_PLATFORM = {"performance_metrics", "platform_findings", "platform_integrity", "platform_quality", "platform_snapshots"}
"""Operations that an owner of the platform may do, and a group's owner may not."""
NEEDS_AN_ARCHIVE = {"archive_restore"}
"""Done only where batches are archived, which takes a worker: tests/archival/test_api.py does it."""


@pytest.mark.django_db(transaction=True)
def test_document__describes_every_answer_to_generated_requests(tmp_path: Path) -> None:
    world = make_world()
    run = partial(_generated, tmp_path, world)
    with serving(THREADS) as place:
        done = run(place, world.token)
        left = _never_done(tmp_path / "answers") - NEEDS_AN_ARCHIVE - FOR_THE_PLATFORM
        # The tool takes a valid case of its stateful phase for an invalid one now and then: what it finds twice counts.
        if done.returncode or len(left) > LEFT_BY_CHANCE_MAX:
            Group.objects.filter(pk=world.group.pk).update(status="active")  # a request may have put it away, by its example in the document
            sys.stdout.write(f"seed {SEED}, first run\n{done.stdout}{done.stderr}")
            done = run(place, world.token)
        platform = run(place, world.platform_token, *(word for name in sorted(FOR_THE_PLATFORM) for word in ("--include-operation-id", name)))

    sys.stdout.write(f"seed {SEED}\n{done.stdout}{done.stderr}\nfor the platform\n{platform.stdout}{platform.stderr}")
    never_done = _never_done(tmp_path / "answers") - NEEDS_AN_ARCHIVE
    generated = re.search(r"([\d,]+) generated", done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert platform.returncode == 0, platform.stdout[-20_000:]
    assert generated is not None
    assert int(generated[1].replace(",", "")) >= CASES_MIN
    assert not never_done & FOR_THE_PLATFORM
    assert len(never_done) <= LEFT_BY_CHANCE_MAX, never_done


def _generated(folder: Path, world: World, place: str, token: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Schemathesis against the server at PLACE, signed in by TOKEN; what was answered is added to FOLDER/answers."""
    given = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.contract.hooks", "CONTRACT_KNOWN": json.dumps(world.known), "PYTHONPATH": str(ROOT)}
    given["CONTRACT_ANSWERS"] = str(folder / "answers")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "tests" / "contract" / "schemathesis.toml")]
    command += ["run", f"{place}/api/schema/", "--header", f"Authorization: Bearer {token}", "--seed", str(SEED), *words]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)


def _never_done(answers: Path) -> set[str]:
    """Operations of which no request was done: what was checked of them are refusals alone."""
    seen = Counter(answers.read_text(encoding="utf-8").splitlines())
    sys.stdout.write("\n".join(f"{count:6} {line}" for line, count in sorted(seen.items())) + "\n")
    return {line.split()[0] for line in seen} - {line.split()[0] for line in seen if line.split()[1].startswith("2")}
