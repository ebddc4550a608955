"""The account PostgreSQL runs as, and the places that account can reach.

PostgreSQL refuses to run as root. Root therefore starts it as an unprivileged account,
and when that account cannot reach the project, from a place of its own in /var/tmp.
No folder that was there before ever gets another mode.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.errors import SetupError
from config.files import remove_tree

NAMES = ("postgres", "nobody", "daemon", "www-data")
# On purpose not the private temporary folder: other accounts reach it, reboots keep it.
OUTSIDE = Path("/var/tmp")  # noqa: S108 - ownership is checked in own_place()


@dataclass(frozen=True)
class Account:
    """An unprivileged account that root starts PostgreSQL as."""

    uid: int
    gid: int

    def reaches(self, folder: Path, program: str = ".") -> bool:
        """Return whether the account can enter `folder` and use `program` in it.

        Asked of the system: modes alone do not tell of access lists and mounts.
        """
        answer = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", 'cd "$1" && test -x "$2"', "sh", str(folder), program],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        return answer.returncode == 0


def unprivileged(data: Path) -> Account | None:
    """Return the account for PostgreSQL, None for a plain user (who is it already).

    `data` that exists keeps its owner, so that root can start what a plain user made.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    message = "PostgreSQL refuses to run as root and there is no account postgres or nobody."
    raise SetupError(message)


def own_place(purpose: str, source: Path) -> Path:
    """Return (and make) the folder in /var/tmp for `source`, entered by all, listed by root.

    Raises SetupError when somebody else made a folder or link of that name.
    """
    place = _name_of(purpose, source)
    try:
        place.mkdir(mode=0o711)
        place.chmod(0o711)  # whatever the umask
    except FileExistsError:
        found = place.lstat()
        if place.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            message = f"{place} belongs to somebody else: remove it and try again."
            raise SetupError(message) from None
    return place


def _name_of(purpose: str, source: Path) -> Path:
    digest = hashlib.sha256(str(source).encode()).hexdigest()[:16]
    return OUTSIDE / f"sextant-{os.geteuid()}-{purpose}-{digest}"


def private_folder(path: Path, account: Account | None) -> Path:
    """Return the folder `path`, made if missing, of mode 0700 and owned by the account."""
    if not path.exists():
        path.mkdir(mode=0o700)
        if account:
            os.chown(path, account.uid, account.gid)
    return path


def settle(folder: Path, account: Account | None) -> Path:
    """Return the private folder for PostgreSQL's files: `folder`/postgres or its target."""
    place = folder / "postgres"
    if account is None:
        return private_folder(place, None)
    for own in (folder.parent, folder):
        # Ours, not a parent: the account may pass through, and nobody may list.
        if own.stat().st_uid == 0:
            os.chown(own, 0, account.gid)
            own.chmod(0o710)
    if place.is_symlink():
        return _settle_outside(place, folder, account)
    if not account.reaches(folder):
        if place.exists():
            message = f"The PostgreSQL account cannot reach {place} any more: run `make clean`."
            raise SetupError(message)
        return _settle_outside(place, folder, account)
    return private_folder(place, account)


def _settle_outside(link: Path, folder: Path, account: Account) -> Path:
    """Return the data's folder in /var/tmp and let `link` point at it."""
    if link.exists() and not _belongs_to_another(link.resolve().parent, folder):
        target = link.resolve()
    else:
        target = private_folder(own_place("data", folder) / "postgres", account)
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    (target.parent / "project").write_text(str(folder))
    return target


def _belongs_to_another(place: Path, folder: Path) -> bool:
    """Return whether `folder` is a copy whose original still uses the place."""
    note = place / "project"
    original = Path(note.read_text()) if note.exists() else folder
    return original != folder and (original / "postgres").exists()


def programs(package: Path, account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, copied to where the account reaches them."""
    where = Path("pginstall") / "bin"
    if account is None or account.reaches(package / where, "postgres"):
        return package / where
    place = own_place("binaries", package)
    # The programs find their libraries by this relative path.
    for name in (package.name, f"{package.name}.libs"):
        copy_missing(package.with_name(name), place / name)
    return place / package.name / where


def copy_missing(source: Path, target: Path) -> None:
    """Copy what `target` lacks of `source`, each file whole; repairs an interrupted copy."""
    target.mkdir(mode=0o755, exist_ok=True)
    target.chmod(0o755)
    for entry in os.scandir(source):
        there = target / entry.name
        if entry.is_dir():
            if entry.name not in ("include", "__pycache__"):
                copy_missing(Path(entry.path), there)
            continue
        if there.exists() and _mark_of(there.stat()) == _mark_of(entry.stat()):
            continue
        half = there.with_name(f".{there.name}.{os.urandom(4).hex()}")
        shutil.copy2(entry.path, half)
        half.chmod(0o755 if os.access(entry.path, os.X_OK) else 0o644)
        half.replace(there)


def _mark_of(entry: os.stat_result) -> tuple[int, int]:
    return entry.st_size, entry.st_mtime_ns


def forget(link: Path) -> None:
    """Remove the place in /var/tmp that a link made by `settle` leads into."""
    if link.is_symlink():
        place = link.resolve().parent
        if place.parent == OUTSIDE.resolve():
            remove_tree(place)


def forget_programs(package: Path) -> None:
    """Remove the copy that `programs` made of `package`, if it made one."""
    place = _name_of("binaries", package)
    if place.exists() and place.stat().st_uid == os.geteuid():
        shutil.rmtree(place)
