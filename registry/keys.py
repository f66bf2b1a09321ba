"""Where the keys for data at rest come from: a file, a text (the environment's), or a command such as a KMS client."""

import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from sqlmodel import Session

from registry.crypto import KeyAbsent, KeyRefused, Keyring, keys_from_text, keys_to_text, new_key
from registry.private import make_folder, put
from registry.storage.engine import folder_of

COMMAND_SECONDS = 60.0
OPTION = "keys"


class KeySource(Protocol):
    """Where the keys for data at rest come from."""

    def read(self) -> Keyring:
        """The keys. Raises KeyAbsent or KeyRefused."""

    def make(self) -> Keyring:
        """The keys, a first one made where there is none and one may be made here. Raises KeyAbsent or KeyRefused."""


class KeyFile:
    """A file that only its owner reads. may_make: whether a first key is made, asked before; not where sealed bytes
    wait for a lost one."""

    def __init__(self, path: Path, *, may_make: Callable[[], bool] = lambda: True) -> None:
        self._path, self._may_make = path, may_make

    def read(self) -> Keyring:
        """What the file holds. Raises KeyAbsent where it is gone, KeyRefused where it cannot be read or holds no key."""
        try:
            return keys_from_text(self._path.read_text("ascii"))
        except FileNotFoundError as error:
            raise KeyAbsent(f"The key file {self._path} is absent.", "Restore it from its backup.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise KeyRefused(f"The key file {self._path} cannot be read.", "Check its permissions, or restore it.") from error

    def make(self) -> Keyring:
        """As read, after a first key was written where there is no file and one may be made. Raises as read does."""
        if not self._path.exists() and self._may_make():
            make_folder(self._path.parent)
            self._write(Keyring((new_key(),)), replace=False)
        return self.read()

    def add_key(self) -> Keyring:
        """Put a new key before the others; from then on it seals."""
        self._write(Keyring((new_key(), *self.read().keys)), replace=True)
        return self.read()

    def keep_newest(self) -> Keyring:
        """Drop all keys but the newest: what they sealed and nobody sealed anew is lost."""
        self._write(Keyring(self.read().keys[:1]), replace=True)
        return self.read()

    def _write(self, ring: Keyring, *, replace: bool) -> None:
        # Where another process was first, its key holds.
        put(self._path, keys_to_text(ring).encode("ascii"), replace=replace)


class KeyText:
    """The keys themselves, from the environment. To rotate, whoever sets it puts a new key before the old one."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self) -> Keyring:
        """The keys that the text holds. Raises KeyRefused for what is none."""
        return keys_from_text(self._text)

    def make(self) -> Keyring:
        return self.read()


class KeyCommand:
    """A program that prints the keys, such as a KMS client that decrypts them. It runs without a shell."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    def read(self) -> Keyring:
        """What the command prints. Raises KeyAbsent where it fails or takes too long, KeyRefused for what is no key."""
        try:
            done = subprocess.run(self._command, capture_output=True, timeout=COMMAND_SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KeyAbsent(f"The key command {self._command[0]!r} gave no key.", "Run it by hand to see why.") from error
        if done.returncode:
            raise KeyAbsent(f"The key command {self._command[0]!r} ended with {done.returncode}.", "Run it by hand to see why.")
        return keys_from_text(done.stdout.decode("ascii", "replace"))

    def make(self) -> Keyring:
        return self.read()


class Keys:
    """The keys of one workspace, fetched when first needed and then kept in memory."""

    def __init__(self, source: KeySource) -> None:
        self.source = source
        self._ring: Keyring | None = None
        self._lock = threading.Lock()

    def ring(self) -> Keyring:
        """For opening. Raises KeyAbsent."""
        with self._lock:
            if self._ring is None:
                self._ring = self.source.read()
            return self._ring

    def sealing(self) -> Keyring:
        """For sealing: a first key is made where the source may."""
        with self._lock:
            if self._ring is None:
                self._ring = self.source.make()
            return self._ring

    def forget(self) -> None:
        """Fetch them anew next time, as after a rotation."""
        with self._lock:
            self._ring = None


def beside(place: Path) -> Keys:
    """The keys of a database or a vault that was opened without any: a file in the folder keys beside it."""
    return Keys(KeyFile(place.absolute().parent / "keys" / "data.key"))


def keys_of(session: Session) -> Keys:
    """The keys that the session's database was opened with: its engine's option, or the file beside it."""
    engine = session.get_bind().engine
    keys = engine.get_execution_options().get(OPTION)
    if not isinstance(keys, Keys):
        keys = beside(folder_of(engine) / "semblance.db")
        engine.update_execution_options(**{OPTION: keys})
    return keys
