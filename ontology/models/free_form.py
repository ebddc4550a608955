"""Free-form JSON of clients in a column."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import models

_INT64_MIN, _UINT64_MAX = -(1 << 63), (1 << 64) - 1


class Decoder(json.JSONDecoder):
    """Reads a whole number beyond 64 bits as the float that it was: `jsonb` keeps 1e30 as a 1 with thirty zeros, and such whole numbers are refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, parse_int=_number)


def _number(digits: str) -> int | float:
    value = int(digits) if len(digits) <= len(str(_UINT64_MAX)) else None
    return value if value is not None and _INT64_MIN <= value <= _UINT64_MAX else float(digits)


class FreeFormField(models.JSONField):
    """A JSON column whose values can be written again as they were read. To migrations it is the JSONField that it is in the database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"decoder": Decoder, **kwargs})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """The plain field's."""
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("decoder", None)
        return name, "django.db.models.JSONField", args, kwargs
