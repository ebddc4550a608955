"""PostgreSQL as Django speaks to it here: every transaction begins with the scope it acts in."""

from contextvars import ContextVar

connecting: ContextVar[float] = ContextVar("connecting", default=0.0)
"""Seconds that this thread or task has waited for connections to be opened, or for a pool to give one, since somebody set it to 0."""
