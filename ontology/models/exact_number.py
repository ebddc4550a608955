"""Numbers kept as exactly as JSON told them."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:

    class _Field(models.Field[Decimal | int, Decimal]):
        """A field as type checkers see it; Django's own class takes no parameters when it runs."""

else:
    _Field = models.Field


class ExactNumberField(_Field):
    """PostgreSQL's `numeric` without a limit: sums of numbers of metadata, which no precision chosen beforehand would hold without rounding."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The type of the column."""
        return "numeric"
