"""Threads that write chunks side by side, each with a database session of its own."""

import contextvars
import queue
import threading
from collections.abc import Callable
from types import TracebackType

from django.db import connection

type Act = Callable[[], None]


class Writers:
    """COUNT threads, at most as many chunks under way; with one, chunks are written by the caller itself. The first error ends all."""

    def __init__(self, count: int) -> None:
        self._count = count if count > 1 else 0
        self._waiting: queue.Queue[Act | None] = queue.Queue(maxsize=1)
        self._threads: list[threading.Thread] = []
        self._under_way = 0
        self._changed = threading.Condition()
        self._error: BaseException | None = None

    def __enter__(self) -> "Writers":
        for number in range(self._count):
            context = contextvars.copy_context()
            thread = threading.Thread(target=lambda context=context: context.run(self._serve), name=f"writer {number + 1}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def write(self, act: Act, *, alone: bool) -> None:
        """Writes by ACT once there is room, ALONE after all others. Raises what an earlier one met."""
        if alone or not self._count:
            self.settle()
            act()
            return
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self._count or self._error is not None)
            self._raise()
            self._under_way += 1
        self._waiting.put(act)

    def settle(self) -> None:
        """Waits until nothing is under way. Raises what one of them met."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way == 0)
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _serve(self) -> None:
        try:
            while (act := self._waiting.get()) is not None:
                error: BaseException | None = None
                try:
                    if self._error is None:
                        act()
                except BaseException as met:  # noqa: BLE001 -- handed to the thread that drives, which raises it
                    error = met
                with self._changed:
                    self._error = self._error or error
                    self._under_way -= 1
                    self._changed.notify_all()
        finally:
            connection.close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changed:
            self._error = self._error or error
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
