"""The machine in plain words, without its name."""

import os
import platform

import psutil
from django.db import connection

SETTINGS = (
    "shared_buffers",
    "work_mem",
    "max_wal_size",
    "wal_level",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "jit",
    "gin_pending_list_limit",
)


def machine_described() -> list[str]:
    """Sentences on the processor, the memory, the versions and the settings that matter."""
    load = os.getloadavg()[0]
    memory_gb = psutil.virtual_memory().total / 1e9
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(SETTINGS)])
        settings = ", ".join(f"`{name} = {value}`" for name, value in cursor.fetchall())
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0].split()[0]
    return [
        f"{psutil.cpu_count()} cores ({platform.machine()}), {memory_gb:.0f} GB of memory, {platform.system()}; "
        f"client and server share them. Load at the start: {load:.1f}.",
        f"PostgreSQL {version}, Python {platform.python_version()}. Settings: {settings}.",
    ]
