"""Where works begin and end: connections that are opened, and tasks of the worker. Requests have monitoring/requests.py."""

from contextlib import ExitStack
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_shutdown
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from monitoring.database.watching import costs_tell, watch, working

_open: dict[str, ExitStack] = {}


@receiver(connection_created, dispatch_uid="monitoring-watch")
def _watched(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Innermost, so that what is measured is the statement and not what others do around it."""
    if watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(watch)


@task_prerun.connect(dispatch_uid="monitoring-task-begins")
def _begins(task_id: str, task: Any, **_: Any) -> None:
    stack = _open[task_id] = ExitStack()
    stack.enter_context(working(f"task {task.name}", repeats=False))


@task_postrun.connect(dispatch_uid="monitoring-task-ends")
def _ends(task_id: str, **_: Any) -> None:
    stack = _open.pop(task_id, None)
    if stack is not None:
        stack.close()


@worker_process_shutdown.connect(dispatch_uid="monitoring-process-ends")
def _process_ends(**_: Any) -> None:
    costs_tell()
