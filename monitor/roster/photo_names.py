"""Photos found by the names in a roster that differ from theirs in what systems change: case, accents' form, ending, drive."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

DRIVE = re.compile(r"^(?:[A-Za-z]:|//[^/]+/[^/]+)?/*")
"""What stands before the folders of a Windows path, or of one from the root."""


class PhotoNames:
    """names: relative, with strokes; each is found by its own path, never by another's folder. One that fits two is none."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_path: dict[str, list[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        self._by_folder: dict[str, list[str]] = {}
        for name in names:
            path = PurePosixPath(folded(name))
            self._by_path.setdefault(str(path), []).append(name)
            self._by_stem.setdefault(str(path.with_suffix("")), []).append(name)
            self._by_folder.setdefault(str(path.parent), []).append(name)

    def find(self, named: str) -> str | None:
        """The photo of that path; of a path from a drive or the root, that of the longest end that is here."""
        plain = named.replace("\\", "/")
        cut = DRIVE.sub("", plain, count=1)
        parts = PurePosixPath(folded(cut)).parts
        if not parts or ".." in parts or "\x00" in named:
            return None
        for start in range(len(parts) if cut != plain else 1):
            path = PurePosixPath(*parts[start:])
            for found in (self._by_path.get(str(path)), self._by_stem.get(str(path.with_suffix("")))):
                if found:
                    return found[0] if len(found) == 1 else None
        return None

    def of_member(self, word: str) -> list[str]:
        """The photos in the folder of that name, or else those called by it."""
        return sorted(self._by_folder.get(folded(word)) or self._by_stem.get(folded(word)) or ())


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
