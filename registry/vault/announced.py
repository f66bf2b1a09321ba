"""Private objects that may come to be waste: announced before it is so, because whoever puts or releases one may be killed."""

import fcntl
import os
import re
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from registry.private import make_folder, opener

_LINE = re.compile(rb"^([0-9a-f]{64})$", re.MULTILINE)
_GATE = "gate"


class Announcements:
    """One file per vault that is open, with a digest a line, which its maker keeps locked for as long as the vault is.

    What a file names that nobody holds any more either has a row by now or never gets one. The gate is shut while that is
    found out and removed, so that no object comes to its place meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self._lock = threading.Lock()

    @contextmanager
    def announcing(self, *digests: str) -> Iterator[None]:
        """The objects may get their places, or lose their rows, within."""
        with self._gate(fcntl.LOCK_SH):
            with self._lock:
                if self._descriptor is None:
                    self._descriptor = self._make()
                os.write(self._descriptor, "".join(f"{sha256}\n" for sha256 in digests).encode("ascii"))
            yield

    def any(self) -> bool:
        """Whether any vault announced something, open or not; asked without a lock."""
        return self._folder.is_dir() and any(file.name != _GATE for file in self._folder.iterdir())

    @contextmanager
    def left(self) -> Iterator[set[str]]:
        """The digests that vaults announced that are not open any more, and none that is open. The caller removes, within, each
        object that no row names; then they are forgotten."""
        if not self._folder.is_dir():
            yield set()
            return
        with self._gate(fcntl.LOCK_EX):
            dead, living, files = set[str](), set[str](), list[Path]()
            for file in sorted(self._folder.iterdir()):
                if file.name == _GATE:
                    continue
                digests = {found.decode("ascii") for found in _LINE.findall(file.read_bytes())}
                if _is_held(file):
                    living |= digests
                else:
                    dead |= digests
                    files.append(file)
            yield dead - living
            for file in files:
                file.unlink(missing_ok=True)

    def strike(self, sha256: str) -> None:
        """Write zeros over what any vault announced of the object: it is gone, and its digest would tell that it was here."""
        for file in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            with suppress(FileNotFoundError), file.open("r+b") as stream:
                for line in re.finditer(rb"^%b$" % sha256.encode("ascii"), stream.read(), re.MULTILINE):
                    os.pwrite(stream.fileno(), b"0" * len(sha256), line.start())

    def _make(self) -> int:
        descriptor = opener(str(self._folder / uuid4().hex), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        weakref.finalize(self, os.close, descriptor)
        return descriptor

    @contextmanager
    def _gate(self, how: int) -> Iterator[None]:
        make_folder(self._folder)
        descriptor = opener(str(self._folder / _GATE), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


def _is_held(file: Path) -> bool:
    descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
