"""In which encoding a CSV is: never guessed from its names, since the bytes of one language make sense in another's encoding."""

import codecs
import re
from itertools import islice
from pathlib import Path

from monitor.roster.columns import RosterUnreadable, is_titled_in_ideographs
from monitor.roster.lines import DELIMITERS
from registry.actions import Action

SAMPLE = 1 << 16
HEAD = 30
"""Lines in which the columns' titles are looked for."""
OF_EAST_ASIA = ("gb18030", "cp932", "cp949", "cp950", "euc_jp")
"""Chinese, Japanese and Korean ones. Each reads most files of the others without an error, as names that nobody has."""
OF_PYTHON = frozenset({"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
"""Codecs that Python calls encodings of text and in which no file is written; punycode's time grows with the square of it."""


def encoding_of(path: Path, given: str | None) -> tuple[str, int]:
    """The encoding in which the whole file can be read, and its lines. Raises RosterUnreadable where that is not certain."""
    if given:
        return _chosen(path, [given])
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _chosen(path, ["utf-16"])
    if b"\x00" in sample:
        return _chosen(path, ["utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"])
    titled = [encoding for encoding in OF_EAST_ASIA if _titles_tell(path, encoding)]
    return _chosen(path, ["utf-8-sig", *(titled if len(titled) == 1 else ())])


def _chosen(path: Path, candidates: list[str]) -> tuple[str, int]:
    for candidate in candidates:
        lines = _decodes(path, candidate)
        if lines is not None:
            return candidate, lines
    raise RosterUnreadable(
        f"{path.name} is not in {' or '.join(candidates)}.",
        "Save it as CSV in UTF-8, or find out what it is in, such as cp1252 (western Europe), cp1250 (central Europe), "
        "cp1251 (Cyrillic), cp932 (Japan), cp949 (Korea), cp950 (Taiwan), gb18030 (China).",
        Action.NAME_ENCODING,
    )


def _titles_tell(path: Path, encoding: str) -> bool:
    """Whether the columns have titles in that encoding that we know, in letters that mean something else in any other."""
    with path.open("r", encoding=encoding, errors="replace", newline="") as stream:
        head = [line[:SAMPLE] for line in islice(stream, HEAD)]
    return any(is_titled_in_ideographs(re.split(f'[{re.escape(DELIMITERS)}"\r\n]', line)) for line in head)


def _decodes(path: Path, encoding: str) -> int | None:
    decoder, lines = _decoder(encoding), 0
    with path.open("rb") as stream:
        try:
            while block := stream.read(SAMPLE):
                lines += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeError:
            return None
    return lines + 1


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Raises RosterUnreadable for what is no encoding of text: others unpack, and make gigabytes of some hundred bytes."""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding or found.name in OF_PYTHON or found.incrementaldecoder is None:
        raise RosterUnreadable(f"There is no encoding {encoding[:40]!r}.", "Give one such as utf-8, cp1252 or gb18030.")
    return found.incrementaldecoder()
