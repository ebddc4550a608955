"""Statements that mount the archive in other engines, which read the same Parquet in place."""

from importlib.resources import files
from string import Template

from django.conf import settings

from archival.services.installations import installation_here
from archival.store import store
from ontology.errors import FieldRefused

ENGINES = ("duckdb", "bigquery", "athena", "spark", "trino")
SCHEMES = {
    "duckdb": ("file", "s3", "gs"),
    "bigquery": ("gs",),
    "athena": ("s3",),
    "spark": ("file", "s3", "gs", "azure"),
    "trino": ("file", "s3", "gs", "azure"),
}
"""Stores that each engine reaches."""


def ddl(engine: str, *, table: str = "sextant_events") -> str:
    """The statement by which ENGINE reads the archive as TABLE. Raises FieldRefused for a store that it does not reach; two queries."""
    place = store().place.rstrip("/")
    scheme = place.partition(":")[0]
    if scheme not in SCHEMES[engine]:
        raise FieldRefused(
            "engine", f"{engine} reads {', '.join(SCHEMES[engine])} and not {scheme}: ARCHIVE_URL is {settings.ARCHIVE_URL.partition(':')[0]}."
        )
    location = f"{place}/{installation_here().name}".removeprefix("file://" if engine == "duckdb" else "")
    text = files(__name__).joinpath(f"{engine}.sql").read_text(encoding="utf-8")
    return Template(text).substitute(location=location.replace("'", "''"), table=table)
