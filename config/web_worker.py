"""gunicorn's worker of threads, which remembers when a request began to wait for one."""

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from config.queueing import waited_seconds


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn tells no types
    """Each connection that has something to say waits in a queue without end; how long it did is known to the request (config/queueing.py)."""

    def enqueue_req(self, conn: Any) -> None:
        """Begins the waiting."""
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Ends it: a thread is there."""
        waited_seconds.set(time.monotonic() - conn.queued_at)
        return super().handle(conn)
