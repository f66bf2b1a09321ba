"""What an attacker has who holds every file of a workspace, its logs and its temporary files, but not its key."""

import gzip
import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tests.support.direct_database import held_on_servers
from tests.support.on_servers.given import NOTE

GUESSES = 1_000_000
NUMBERED = ("{n}", "number {n}", "member\n{party}\nnumber {n}")
NAMED = ("{n}", '"{n}"', "name {n}", "member\n{party}\nname {n}", "{party}\n{n}", "{party}{n}")
EVERY = ("sha256", "sha1", "md5", "blake2b")
PREFIX = 8
"""So many bytes of a digest, or twice as many of its hex digits, tell it from all others."""


def everything(*folders: Path) -> dict[str, bytes]:
    """What is in each file, and, by FILE!PART, what is packed in it."""
    held = {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    for root in [Path(name).parent for name in held if Path(name).name == NOTE]:
        held |= {str(root / name): content for name, content in held_on_servers(root).items()}
    return held | {f"{name}!{part}": inner for name, content in held.items() for part, inner in _packed(content)}


def _packed(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError, zlib.error):
            yield "gzip", gzip.decompress(content)
    if content.startswith(b"PK\x03\x04"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    if content.startswith(b"%PDF"):
        for number, stream in enumerate(re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)):
            with suppress(zlib.error):
                yield str(number), zlib.decompress(stream)


def pieces_in(files: Mapping[str, bytes], pieces: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Which pieces stand in which files: each by its name, and the file's own name."""
    return {(what, Path(name).name) for name, content in files.items() for what, piece in pieces.items() if piece in content}


def forms_of(name: str) -> dict[str, bytes]:
    """A name as files may hold it."""
    apart = unicodedata.normalize("NFD", name)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    cased = {form(each) for each in (name, apart, plain) for form in (str, str.casefold, str.upper)}
    written = {each.encode() for each in cased} | {name.encode("utf-16-le"), name.encode("latin-1")}
    escaped = {each.encode("unicode_escape").replace(b"\\x", b"\\u00") for each in cased}
    return {f"name as {form!r}": form for form in written | escaped}


def digests_in(files: Mapping[str, bytes]) -> set[bytes]:
    """The beginning of whatever may be a digest: of bytes anywhere, or written in hex. What is sealed is left out: of it anything
    may be a digest."""
    content = b"\n".join(held for name, held in files.items() if "/vault/private/" not in name)
    runs = re.findall(rb"[0-9a-fA-F]{16,}", content)
    written = {bytes.fromhex(run[at : at + 2 * PREFIX].decode()) for run in runs for at in range(len(run) - 2 * PREFIX + 1)}
    return written | {content[at : at + PREFIX] for at in range(len(content) - PREFIX + 1)}


def confirmed(sought: set[bytes], party: str, numbers: Iterable[int], names: Iterable[str]) -> list[str]:
    """Which numbers and names somebody confirms who hashes them in the ways that people hash them."""
    typed = [(form.replace("{party}", party), EVERY if form == "{n}" else EVERY[:1], map(str, numbers)) for form in NUMBERED]
    called = sorted({each for name in names for each in (name, name.casefold(), unicodedata.normalize("NFD", name))})
    typed += [(form.replace("{party}", party), EVERY, called) for form in NAMED]
    hits = []
    for form, ways, guesses in typed:
        plain = [form.replace("{n}", guess) for guess in guesses]
        for way in ways:
            make = getattr(hashlib, way)
            hits += [f"{way} of {text!r}" for text in plain if make(text.encode()).digest()[:PREFIX] in sought]
    return hits
