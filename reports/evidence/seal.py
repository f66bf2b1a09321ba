"""The seal of a bundle: one list of every file's SHA-256, and its signature. Writing and verifying share it."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
PUBLIC_KEY = "public.pem"
CUSTODY = "custody.jsonl"
CASE = "case.json"
MATCHES = "matches.json"
README = "README.txt"
INDEX = "index.html"
REQUIRED = (PUBLIC_KEY, CUSTODY, CASE, MATCHES, README, INDEX)
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True)
class Contents:
    """files: every regular file by its path in the folder. strange: what has no place in a bundle, with the reason."""

    files: tuple[str, ...]
    strange: tuple[tuple[str, str], ...]


def walk(root: Path) -> Contents:
    """Everything under root, links not followed."""
    files: list[str] = []
    strange: list[tuple[str, str]] = []

    def unread(error: OSError) -> None:
        strange.append((_name(root, Path(error.filename)), f"cannot be read: {error.strerror}"))

    for folder, folders, names in os.walk(root, onerror=unread, followlinks=False):
        here = Path(folder)
        if here != root and not folders and not names:
            strange.append((_name(root, here), "is an empty folder that nothing lists"))
        for name in [*folders, *names]:
            path = here / name
            if path.is_symlink():
                strange.append((_name(root, path), "is a link, not a file"))
            elif path.is_file():
                files.append(_name(root, path))
            elif not path.is_dir():
                strange.append((_name(root, path), "is neither a file nor a folder"))
    return Contents(tuple(sorted(files)), tuple(sorted(strange)))


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sums_text(digests: Mapping[str, str]) -> bytes:
    """The list as ``sha256sum`` writes and checks it, in order of the names."""
    lines = (f"{digests[name]}  {name}\n" for name in sorted(digests) if name not in (SUMS, SIGNATURE))
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
    return name not in (SUMS, SIGNATURE) and all(part not in ("", ".", "..") for part in parts)


def digests_of(root: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: digest(root / name) for name in names if name not in (SUMS, SIGNATURE)}
