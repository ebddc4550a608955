"""Django's PostgreSQL back end, which tells the database the scope at the begin of every transaction. The module's name is Django's."""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.postgresql import base

from ontology.isolation import current_scope, tell
from ontology.postgres import connecting


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is never outside the scope of its thread or task."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._in_transaction)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection, opened or lent by a pool; how long that took is remembered."""
        began = time.perf_counter()
        try:
            return super().get_new_connection(conn_params)
        finally:
            connecting.set(connecting.get() + time.perf_counter() - began)

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs leave it out
        if not autocommit and current_scope() is not None:
            tell(self)

    def _in_transaction(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """A statement by itself is a transaction of its own, for the scope lasts as long as one and no longer: the next may be another's."""
        if current_scope() is None or self.in_atomic_block or not self.get_autocommit():
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias):
            return execute(sql, params, many, context)
