"""Where an app above counts the calls of a group: a function that the settings name, since nothing here knows that app."""

from collections.abc import Callable, Mapping
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from ontology.models import Group, Person


class Metered(Protocol):
    """One call, counted: what its answer says of the limits, and whether one refuses it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer, refused or not."""

    def demand(self) -> None:
        """Raises QuotaExceeded or RateExceeded where a limit refuses the call."""


type Meter = Callable[[Group, Person], Metered]


def meter() -> Meter | None:
    """The function of API_CALL_METER, called inside the transaction and scope of each call of a group; None where calls are not counted."""
    path: str = settings.API_CALL_METER
    return cast(Meter, import_string(path)) if path else None
