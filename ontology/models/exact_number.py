"""Numbers kept as exactly as JSON told them."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

NumberField = models.Field[Decimal | int, Decimal] if TYPE_CHECKING else models.Field


class ExactNumberField(NumberField):
    """PostgreSQL's `numeric` without a limit: sums of numbers of metadata, which no precision chosen beforehand would hold without rounding."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The type of the column."""
        return "numeric"
