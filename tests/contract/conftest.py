"""The seed of the generated requests, and a run's first lines, which tell it."""

import os

SEED = int(os.environ.get("CONTRACT_SEED", "20261122"))


def pytest_report_header() -> str:
    """The seed; CONTRACT_SEED gives another."""
    return f"generated requests: seed {SEED}"
