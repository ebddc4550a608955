"""Starting, recognising and ending processes."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.errors import SetupError

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def dying_with_parent(signal_number: int) -> Callable[[], None] | None:
    """Return a `preexec_fn` that sends the child `signal_number` when its parent dies.

    Linux only, None elsewhere; it holds for kill -9 of the parent too.
    """
    if not sys.platform.startswith("linux"):
        return None
    # Loaded here: after the fork, before the exec, loading a library may deadlock.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal_number)

    return ask


def is_running(pid: int, argument: str) -> bool:
    """Return whether process `pid` lives and was started with exactly `argument`.

    A pid alone proves nothing (it may be reused, or a zombie), the command line does.
    """
    if Path("/proc/self/cmdline").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return argument.encode() in words
    answer = subprocess.run(  # noqa: S603
        ["ps", "-o", "args=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{argument} " in answer.stdout.strip() + " "


def end(pid: int, argument: str, steps: Sequence[tuple[int, float]]) -> None:
    """End the process: each step is a signal and the seconds to wait after it."""
    for signal_number, patience in steps:
        if not is_running(pid, argument):
            return
        try:
            os.kill(pid, signal_number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while is_running(pid, argument) and time.monotonic() < deadline:
            time.sleep(0.02)


def free_port(first: int = 0) -> int:
    """Return a port free on 127.0.0.1 a moment ago; the caller must bear losing it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", first))
        port: int = probe.getsockname()[1]
        return port


def raise_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind this process as Ctrl-C does, with their exit code."""

    def unwind(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, unwind)
    signal.signal(signal.SIGHUP, unwind)
    # A shell without job control starts background commands with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let the body end in order: signals that would unwind it are ignored meanwhile."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def foreground(command: Sequence[str], environ: Mapping[str, str], folder: Path | None = None) -> int:
    """Run a command in the terminal's foreground and return its exit code."""
    try:
        child = subprocess.Popen(  # noqa: S603 - the person's own command
            command,
            env=dict(environ),
            cwd=folder,
            preexec_fn=dying_with_parent(signal.SIGTERM),
        )
    except OSError as problem:
        message = f"{command[0]} cannot be run: {problem.strerror}."
        raise SetupError(message) from problem
    try:
        return _exit_code_of(child)
    finally:
        if child.poll() is None:
            with undisturbed():
                stop_child(child)


def _exit_code_of(child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            # In a terminal the child got its own Ctrl-C; a second one would cut its end.
            if not _terminal_is_ours():
                child.send_signal(signal.SIGINT)
        else:
            return code if code >= 0 else 128 - code


def _terminal_is_ours() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def stop_child(child: subprocess.Popen[bytes], patience: float = 20) -> None:
    """End a child in order; one in a session of its own takes its descendants along."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        leads = os.getpgid(child.pid) == child.pid
        (os.killpg if leads else os.kill)(child.pid, signal.SIGKILL)
        child.wait()
