"""Named SQL statements, one per file; the header of each says what it does, takes, returns and costs."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of sql/NAME.sql."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
