"""The seal of a bundle: lists of every file's SHA-256, the last of which is signed. Writing and verifying share it.

A bundle is a bag (BagIt 1.0, RFC 8493): what it is about lies in data/ and is listed in the manifest; what explains it lies above
and is listed in the tag manifest, with the manifest itself. Bundles of earlier versions have one list of everything.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

DATA = "data"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
DECLARATION = "bagit.txt"
BAG_INFO = "bag-info.txt"
SUMS = "SHA256SUMS"
PUBLIC_KEY = "public.pem"
CUSTODY = "custody.jsonl"
CASE = "case.json"
MATCHES = "matches.json"
REPORT = "report.pdf"
REPORT_SIGNATURE = "report.pdf.p7s"
REPORT_CERTIFICATE = "report-key.pem"
README = "README.txt"
INDEX = "index.html"
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_ALWAYS = (PUBLIC_KEY, README, INDEX)
_ABOUT = (CUSTODY, CASE, MATCHES)
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
"""What a file or a folder of a bundle may be called: every system keeps these apart, and no tool takes one for an option."""

DEEPEST = 8
"""Folders within one another; a bundle has three."""

STAMPS = "timestamps-sha256.txt"
"""The list of the tokens about the signed list, which are younger than it; signed itself."""

UNLISTED = frozenset(name for signed in (TAG_MANIFEST, SUMS, STAMPS) for name in (signed, f"{signed}.sig"))
"""What no list of a bundle lists: the signed lists and their signatures. Nor are tokens about the signed list."""

_TOKEN = re.compile(rf"{re.escape(TAG_MANIFEST)}\.[a-z0-9-]+\.tsr")

_PIECE = 1 << 20
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True)
class Layout:
    """Where things lie in a bundle. signed: the list that is signed. inner: a list of what lies in data, which signed lists; none
    where signed lists everything. data: the folder that inner lists, "" without. required: files without which it is none."""

    signed: str
    inner: str
    data: str
    required: tuple[str, ...]

    @property
    def signature(self) -> str:
        """The name of the signature over the signed list."""
        return f"{self.signed}.sig"

    def at(self, name: str) -> str:
        """The path of a file about the case."""
        return f"{self.data}/{name}" if self.data else name

    def texts(self, digests: Mapping[str, str]) -> dict[str, bytes]:
        """Both lists, or the one, as they must be for files with these digests, in the order in which they are made."""
        listed = {name: digest for name, digest in digests.items() if is_listed(name)}
        if not self.inner:
            return {self.signed: sums_text(listed)}
        inside = {name: digest for name, digest in listed.items() if name.startswith(f"{self.data}/")}
        manifest = sums_text(inside)
        above = {name: digest for name, digest in listed.items() if name not in inside}
        return {self.inner: manifest, self.signed: sums_text({**above, self.inner: hashlib.sha256(manifest).hexdigest()})}


BAG = Layout(TAG_MANIFEST, MANIFEST, DATA, (*_ALWAYS, DECLARATION, BAG_INFO, MANIFEST, *(f"{DATA}/{name}" for name in _ABOUT)))
ONE_LIST = Layout(SUMS, "", "", (*_ALWAYS, *_ABOUT))
"""How earlier versions laid a bundle out."""


def layout_of(root: Path) -> Layout:
    """The layout of a bundle, by which list it has."""
    return ONE_LIST if os.path.lexists(root / SUMS) and not os.path.lexists(root / DECLARATION) else BAG


@dataclass(frozen=True)
class Contents:
    """files: every file that has a place in a bundle, by its path in the folder. strange: what has none, with the reason."""

    files: tuple[str, ...]
    strange: tuple[tuple[str, str], ...]


def walk(root: Path) -> Contents:
    """Everything under root, links not followed."""
    files: list[str] = []
    strange: list[tuple[str, str]] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            strange.append((_name(root, folder), f"cannot be read: {error.strerror}"))
            continue
        if not entries and folder != root:
            strange.append((_name(root, folder), "is an empty folder that nothing lists"))
        for entry in entries:
            name = _name(root, Path(entry.path))
            if problem := _problem(entry, name):
                strange.append((name, problem))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                files.append(name)
                if _names(entry) > 1:
                    strange.append((name, "is a hard link: the same file has another name, under which it can be changed"))
    strange += alike((*files, *(name for name, _ in strange)))
    return Contents(tuple(sorted(files)), tuple(sorted(strange)))


def _problem(entry: "os.DirEntry[str]", name: str) -> str:
    """Why something has no place in a bundle; nothing where it has."""
    if entry.is_symlink():
        return "is a link, not a file"
    if not PLAIN.fullmatch(entry.name):
        return "has a name that no file of a bundle has"
    if entry.is_dir(follow_symlinks=False):
        return "lies deeper than any folder of a bundle" if name.count("/") >= DEEPEST else ""
    return "" if entry.is_file(follow_symlinks=False) else "is neither a file nor a folder"


def _names(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_nlink
    except OSError:
        return 0


def alike(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are one on a system that does not tell capitals from small letters."""
    first: dict[str, str] = {}
    for name in sorted(names):
        other = first.setdefault(name.lower(), name)
        if other != name:
            yield name, f"differs from {other} in capitals alone"


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def token_about_the_list(authority: str) -> str:
    """The path of an authority's reply about the signed list."""
    return f"{TAG_MANIFEST}.{authority}.tsr"


def is_listed(name: str) -> bool:
    """Whether a file of that name stands in the lists of a bundle."""
    return name not in UNLISTED and _TOKEN.fullmatch(name) is None


def younger(names: Iterable[str]) -> list[str]:
    """Of the files of a bundle what came after its signature: tokens about the signed list, and their own list."""
    return [name for name in names if name in (STAMPS, f"{STAMPS}.sig") or _TOKEN.fullmatch(name)]


def digest(path: Traversable) -> str:
    """The SHA-256 of a file in 64 hex digits."""
    made = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            made.update(piece)
    return made.hexdigest()


def of_bytes(content: bytes) -> str:
    """The SHA-256 of some bytes in 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def sums_text(digests: Mapping[str, str]) -> bytes:
    """The list as ``sha256sum`` writes and checks it, in order of the names."""
    lines = (f"{digests[name]}  {name}\n" for name in sorted(digests))
    return "".join(lines).encode("utf-8", "surrogateescape")


def read_sums(content: bytes) -> tuple[dict[str, str], list[int]]:
    """The digests that a list names, and the numbers of the lines that are none of its lines."""
    listed: dict[str, str] = {}
    malformed: list[int] = []
    text = content.decode("utf-8", "surrogateescape")
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in listed or not _is_plain(found[2]):
            malformed.append(number)
        else:
            listed[found[2]] = found[1]
    return listed, malformed


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return is_listed(name) and all(part not in ("", ".", "..") for part in parts)


def digests_of(root: Traversable, names: Iterable[str]) -> dict[str, str]:
    """By name, of all these files but the signed list and its signature."""
    return {name: digest(root / name) for name in names if is_listed(name)}
