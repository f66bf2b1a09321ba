"""What a backup takes over: copied once, and else a link to what the backup before it holds."""

import os
from collections.abc import Iterator
from pathlib import Path

from monitor.backup.files import copied, read_through, written
from monitor.backup.layout import PUBLIC, Backup, Held
from registry.private import make_folder

READ_IN_TURN = 16
"""Of what the backup before holds and this one takes over by a link, so large a part is read each time, another one each time:
after so many backups all of it was, and what a disk let rot is copied anew."""


class Taking:
    """Has files of a workspace in a backup that is being made. number: of that backup; read_all: read all that is taken over
    from the one before, instead of a part in turn. new: how many bytes were copied so far."""

    def __init__(
        self, root: Path, inside: Path, part: Path, before: Backup | None, number: int, *, read_all: bool = False
    ) -> None:
        self._root, self._inside, self._part = root, inside, part
        self._number, self._read_all = number, read_all
        self._before = before.inside if before else None
        # The names of public objects are their digests.
        self._known = {held.path: held for held in before.held() if not held.path.startswith(PUBLIC)} if before else {}
        self.new = 0

    def take(self, path: str) -> Held | None:
        """Have a file of the workspace in the backup; None where it is not there (any more)."""
        source, place = self._root / path, self._inside / path
        if not source.is_file() or source.is_symlink():
            place.unlink(missing_ok=True)
            return None
        public = path.startswith(PUBLIC)
        try:
            wanted = None if public else read_through(source, path)
            if (there := self._there(place, path, source, wanted)) is not None:
                return there
            if (linked := self._linked(place, path, source, wanted)) is not None:
                return linked
            held = copied(source, place, self._part, path)
        except FileNotFoundError:
            if source.exists():
                raise
            place.unlink(missing_ok=True)
            return None
        self.new += held.size
        return held

    def has(self, path: str) -> bool:
        """Whether the backup that is being made has that file."""
        return (self._inside / path).is_file()

    def had(self, path: str, sha256: str) -> Held | None:
        """Have a public object that is in the backup already, or was in the one before; else None."""
        place = self._inside / path
        if (there := read_through(place, path)) is not None:
            if there.sha256 == sha256:
                return there
            place.unlink()
        if self._before is None or not (earlier := self._before / path).is_file():
            return None
        same = Held(path, earlier.stat().st_size, sha256)
        return same if self._is_whole(earlier, same) and _is_linked(earlier, place) else None

    def write(self, path: str, chunks: Iterator[bytes]) -> Held:
        """Have a file of those bytes in the backup."""
        held = written(chunks, self._inside / path, self._part, path)
        self.new += held.size
        return held

    def _there(self, place: Path, path: str, source: Path, wanted: Held | None) -> Held | None:
        """What an earlier pass, or a backup that was broken off, has copied: read again."""
        if not place.is_file():
            return None
        there = read_through(place, path)
        if there is None or there.sha256 != (wanted.sha256 if wanted else source.name):
            place.unlink(missing_ok=True)
            return None
        return there

    def _linked(self, place: Path, path: str, source: Path, wanted: Held | None) -> Held | None:
        """The file of the backup before, where it is the same: by name and size, and by its bytes where it is its turn."""
        if self._before is None or not (earlier := self._before / path).is_file():
            return None
        size = source.stat().st_size
        same = Held(path, size, source.name) if wanted is None else self._known.get(path)
        if same is None or earlier.stat().st_size != size or (wanted is not None and same != wanted):
            return None
        if not self._is_whole(earlier, same):
            return None
        return same if _is_linked(earlier, place) else None

    def _is_whole(self, earlier: Path, held: Held) -> bool:
        """Whether the file has its bytes, where it is its turn to be read."""
        its_turn = int(held.sha256[:8], 16) % READ_IN_TURN == self._number % READ_IN_TURN
        return not (self._read_all or its_turn) or read_through(earlier, held.path) == held


def _is_linked(earlier: Path, place: Path) -> bool:
    """Make a link at place; whether there is one. A file system without links, or with too many of one file, takes a copy."""
    make_folder(place.parent)
    try:
        os.link(earlier, place, follow_symlinks=False)
    except OSError:
        return False
    return True
