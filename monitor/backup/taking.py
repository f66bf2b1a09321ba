"""Files of a workspace as a backup takes them: copied once, and else by a link to what the backup before it holds."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from monitor.backup.files import read_through, written
from monitor.backup.layout import INSIDE, PACKS, Backup, Held, Pack
from monitor.backup.packs import SMALL, Packing, file_of, packs_in
from monitor.backup.sources import Came, FolderSource, Source
from registry.private import make_folder

READ_IN_TURN = 16
"""Of what the backup before holds and this one takes over, so large a part is read each time, another one each time: after so
many backups all of it was, and what a disk let rot is copied anew. So are files of the workspace that seem to be as they were."""


class Taking:
    """Has files of a workspace in a backup that is being made in the folder half, each through the file part.

    number: of that backup. read_all: read all that is taken over, instead of a part in turn. new: how many bytes were copied.
    """

    def __init__(self, root: Path, half: Path, part: Path, before: Backup | None, number: int, *, read_all: bool = False) -> None:
        self._folder = FolderSource(root)
        self._inside, self._packs, self._part = half / INSIDE, half / PACKS, part
        self._before, self._turn, self._read_all = before, number % READ_IN_TURN, read_all
        self._known, self._known_packs = dict[str, Held](), dict[str, Pack]()
        for line in before.listed() if before else ():
            if isinstance(line, Pack):
                self._known_packs[line.sha256] = line
            else:
                self._known[line.path] = line
        self._folders, self.new = set[Path](), 0
        self._left, self._left_packs, self._any_alone = dict[str, Held](), dict[str, Pack](), False

    def begin(self) -> None:
        """Read what an earlier pass, or a backup that was broken off, left in packs: what is as it is now stays."""
        self._left.clear()
        self._left_packs.clear()
        self._any_alone = (self._inside / "vault").is_dir()
        for place, pack, files in packs_in(self._packs):
            if pack is None or pack.sha256 in self._known_packs:
                place.unlink()
                continue
            self._left_packs[pack.sha256] = pack
            self._left |= {held.path: held for held in files}

    def take(self, path: str) -> Held | None:
        """Have a file of the workspace's folder in the backup by itself; None where it is not there (any more)."""
        if (there := self._there(path, self._folder)) is not None:
            return there
        held = self._as_before(path, self._folder)
        if held is not None and not held.pack and self._linked(held):
            return held
        came = self._folder.read(path)
        return None if came is None else self._alone(path, came)

    def take_objects(self, paths: Iterable[str], source: Source) -> Iterator[Held | Pack]:
        """Have objects of the vault in the backup, the small ones in packs; those that are not there (any more) do not come."""
        over, anew = dict[str, list[Held]](), list[str]()
        for path in paths:
            if self._any_alone and (there := self._there(path, source)) is not None:
                yield there
                continue
            held = self._as_before(path, source)
            if held is not None and held.pack:
                over.setdefault(held.pack, []).append(held)
            # Earlier versions had small ones by themselves, too.
            elif held is not None and held.size > SMALL and self._linked(held):
                yield held
            else:
                anew.append(path)
        packs = {name: pack for name, files in over.items() if (pack := self._pack(name, len(files))) is not None}
        for name, pack in packs.items():
            yield pack
            yield from over[name]
        anew += [held.path for name, files in over.items() if name not in packs for held in files]
        yield from self._copied(sorted(anew), source)

    def _copied(self, paths: list[str], source: Source) -> Iterator[Held | Pack]:
        packing = Packing(self._packs, self._part)
        for path in paths:
            if (came := source.read(path)) is None:
                continue
            chunks = iter(came.chunks)
            first = next(chunks, b"")
            if len(first) > SMALL:
                yield self._alone(path, Came(chain([first], chunks), came.seen))
                continue
            self.new += len(first)
            yield from packing.add(Held(path, len(first), hashlib.sha256(first).hexdigest(), seen=came.seen), first)
        yield from packing.end()

    def _alone(self, path: str, came: Came) -> Held:
        held = written(came.chunks, self._inside / path, self._part, path)
        self.new += held.size
        return held._replace(seen=came.seen)

    def _there(self, path: str, source: Source) -> Held | None:
        """What an earlier pass, or a backup that was broken off, has of it by itself: read again."""
        place = self._inside / path
        if (there := read_through(place, path)) is None:
            return None
        if (same := source.same(there, read=True)) is None:
            place.unlink()
        return same

    def _as_before(self, path: str, source: Source) -> Held | None:
        """What an earlier pass or the backup before has of the file, where it is the same now."""
        known = self._left.get(path) or self._known.get(path)
        return None if known is None else source.same(known, read=self._read_all or self._is_turn(known.sha256))

    def _is_turn(self, sha256: str) -> bool:
        return int(sha256[:8], 16) % READ_IN_TURN == self._turn

    def _linked(self, held: Held) -> bool:
        """Have a file of the backup before by a link; whether there is one, and that file has its bytes, if read in its turn."""
        assert self._before is not None
        return self._taken_over(self._before.inside / held.path, self._inside / held.path, held)

    def _pack(self, name: str, wanted: int) -> Pack | None:
        """Have a pack of the backup before, or of an earlier pass; None where not all of it is wanted, or it is not whole."""
        if (left := self._left_packs.get(name)) is not None:
            return left if left.files == wanted else None
        known = self._known_packs.get(name)
        if self._before is None or known is None or known.files != wanted:
            return None
        whole = Held(file_of(name), known.size, name)
        return known if self._taken_over(self._before.place / PACKS / whole.path, self._packs / whole.path, whole) else None

    def _taken_over(self, earlier: Path, place: Path, held: Held) -> bool:
        """Whether a file has its bytes, of which its size is asked, and in its turn all of them, and there is a link to it."""
        if self._read_all or self._is_turn(held.sha256):
            found = read_through(earlier, held.path)
            if found is None or not found.is_as(held):
                return False
        return _has_size(earlier, held.size) and self._link(earlier, place)

    def _link(self, earlier: Path, place: Path) -> bool:
        """Whether there is a link. A file system without links, or with too many of one file, takes a copy."""
        if place.parent not in self._folders:
            make_folder(place.parent)
            self._folders.add(place.parent)
        try:
            os.link(earlier, place, follow_symlinks=False)
        except OSError:
            return False
        return True


def _has_size(place: Path, size: int) -> bool:
    return place.is_file() and place.stat().st_size == size
