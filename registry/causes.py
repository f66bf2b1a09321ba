"""What stands behind an error of the system or of SQLite that a user can mend: never a statement, and never what stood in one."""

import errno
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from registry.errors import Damaged, ExitCode, RegistryError, SemblanceError


class OutsideCause(RegistryError):
    """A disk, a right or another program that hinders the work."""

    exit_code = ExitCode.OUTSIDE_CAUSE


@dataclass(frozen=True)
class Cause:
    """why: ends a sentence after a colon. remedy: a sentence. damage: whether what is stored is at fault. passes: whether the
    same may succeed later without anybody changing anything."""

    why: str
    remedy: str
    damage: bool = False
    passes: bool = False


_HELD = Cause("another program holds it", "Wait until that has ended, then do it again.", passes=True)
_FULL = Cause("the disk is full", "Make room on it, then do it again.")
_READ_ONLY = Cause(
    "it may only be read here", "Check the rights in its folder, and whether its disk is mounted for reading only."
)
_RIGHTS = Cause("the rights there do not allow it", "Check who owns it and who may write there.")
_DISK = Cause("the disk gave an error", "Check the disk and its space; what was written before is kept.")
_CLOSED = Cause("it cannot be opened", "Check that its folder is there, and the rights in it.")
_BROKEN = Cause("it is damaged", "Restore a backup.", damage=True)
_MANY = Cause("too many files are open", "End other programs, or raise the limit (ulimit -n).")
_MEMORY = Cause("memory is short", "End other programs, then do it again.", passes=True)

_NOTHING = 1 << 16
"""Bytes of free space that are none."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_PROTOCOL: _HELD,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_AUTH: _RIGHTS,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_NOMEM: _MEMORY,
    sqlite3.SQLITE_CORRUPT: _BROKEN,
    sqlite3.SQLITE_NOTADB: _BROKEN,
}
_SYSTEM = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: Cause("your share of the disk is used up", "Make room, or ask for more."),
    errno.EFBIG: Cause("a file may not become that large here", "Raise the limit (ulimit -f), or write to another disk."),
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EIO: _DISK,
    errno.ESTALE: _DISK,
    errno.EMFILE: _MANY,
    errno.ENFILE: _MANY,
    errno.ENOMEM: _MEMORY,
}


_STATES = {
    "08": Cause("the database server does not answer", "See that it runs and is reached, then do it again.", passes=True),
    "57P": Cause("the database server was stopped", "Wait until it runs again, then do it again.", passes=True),
    "28": Cause("the database server does not let this program in", "Mend the name in database.url, or its password."),
    "3D": Cause("there is no such database", "Make one as docs/postgresql.md says, in UTF-8 and the locale C."),
    "55P03": _HELD,
    "40": _HELD,
    "53100": _FULL,
    "53200": _MEMORY,
    "53300": Cause("the database server has too many guests", "End other programs, or raise its max_connections.", passes=True),
    "25006": _READ_ONLY,
    "42501": _RIGHTS,
    "58": _DISK,
    "XX001": _BROKEN,
    "XX002": _BROKEN,
}
"""Of PostgreSQL: how its codes of what went wrong begin (its manual, appendix A)."""


def cause_of(error: BaseException, place: Path | None = None) -> Cause | None:
    """None for what is no such error, and for one that the program itself is to blame for. place: where it happened, which
    may tell more than SQLite does."""
    found = _stated(error)
    return _seen(found, place) if found in (_DISK, _CLOSED) and place is not None else found


def _seen(found: Cause, place: Path) -> Cause:
    """SQLite says alike what a full disk, a closed and a broken one do to the files that it needs beside a database."""
    try:
        disk = os.statvfs(place)
    except OSError:
        return found
    if disk.f_flag & os.ST_RDONLY:
        return _READ_ONLY
    return _FULL if disk.f_bavail * disk.f_frsize < _NOTHING else found


def _stated(error: BaseException) -> Cause | None:
    original = getattr(error, "orig", None) or error
    if isinstance(original, sqlite3.Error):
        # The lower byte is the kind, the upper ones say more of it.
        return _SQLITE.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)
    if type(original).__module__.startswith("psycopg"):
        return _of_server(original)
    return _SYSTEM.get(original.errno or 0) if isinstance(original, OSError) else None


def _of_server(error: BaseException) -> Cause | None:
    """psycopg, which is not loaded here, gives every error of the server its code, and none to a connection that failed."""
    state = str(getattr(error, "sqlstate", None) or "")
    if not state and type(error).__name__ == "OperationalError":
        # Before there is a connection the server's words alone tell what hinders one.
        said = str(error)
        words = (("authentication", "28"), ('role "', "28"), ('database "', "3D"))
        return _STATES[next((code for word, code in words if word in said), "08")]
    return next((cause for begins, cause in _STATES.items() if state.startswith(begins)), None)


def of_system(error: OSError) -> Cause:
    """What hindered a file: the system's own words where nothing plainer is known of it."""
    return cause_of(error) or Cause(error.strerror or str(error), "Check the space and the rights there.")


def in_plain_words(error: BaseException) -> SemblanceError | None:
    """The error for whoever typed the command; None where it has no such cause."""
    cause = cause_of(error)
    if cause is None:
        return None
    if isinstance(error, OSError):
        what = f"{error.filename} cannot be used" if isinstance(error.filename, str) else "A file cannot be used"
    else:
        what = "The workspace's database cannot be used"
    kind = Damaged if cause.damage else OutsideCause
    return kind(f"{what}: {cause.why}.", cause.remedy, retryable=cause.passes)
