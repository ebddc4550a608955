"""The SQL of migrations, one file per step; frozen with the migration that runs it."""

from importlib.resources import files


def sql_file(name: str) -> str:
    """The text of NAME.sql; a percent sign stands for itself."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


PATIENCE = "SET LOCAL lock_timeout = '2s'"
"""First in every migration: whoever waits for a table lets the others wait behind it, so better fail soon and try again."""
