"""What can be printed: which characters the fonts at hand cover, and the rest written out. The only importer of fontTools."""

import struct
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from fontTools.ttLib import TTFont

from reports.render.emoji import emoji_parts, name_emoji
from reports.render.plain import code_point, show_unseen

EMBEDDED_FAMILY = "Libertinus Serif"
_EMBEDDED_RANGES = (
    *((0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2E4), (0x300, 0x34E), (0x38E, 0x3A1), (0x3A3, 0x3CE), (0x400, 0x45F)),
    *((0x490, 0x4C4), (0x5B0, 0x5C3), (0x5D0, 0x5EA), (0x1E00, 0x1E9B), (0x1EA0, 0x1EF9), (0x2010, 0x2027)),
    *((0x2030, 0x2037), (0x2190, 0x219B), (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122), (0x27E8, 0x27E9)),
)
EMBEDDED = frozenset(point for first, last in _EMBEDDED_RANGES for point in range(first, last + 1))
"""What the serif inside typst covers, regular and bold: Latin, Greek, Cyrillic, Hebrew, punctuation. A test prints all of it."""

# Broad families that Linux distributions ship, the ones to be preferred first; a system's other fonts are not searched.
_PREFERRED = ("Noto Sans CJK", "Noto Serif CJK", "Noto Sans", "Noto Serif", "Source Han", "Noto Naskh", "Amiri", "DejaVu Sans")
_ALSO = ("DejaVu Serif", "Liberation", "FreeSerif", "FreeSans", "WenQuanYi", "Droid Sans", "Unifont")
_UNWANTED = ("Mono", "Emoji", "Condensed", "Light", "Math", "Symbols2")
MOST_FAMILIES = 120
EMOJI_FAMILY = "Noto Color Emoji"
"""The one colour font that was seen to come out right in PDF/A."""
_EVERY_PLANE, _RANGES = (3, 10), b"\x00\x0c"
"""The platform and encoding of a font's best table, where it has all of Unicode, and how a table of ranges begins."""
_DRAWING_TABLES = ("glyf", "CFF ", "CFF2", "CBDT", "COLR")


@dataclass(frozen=True)
class Face:
    """One font file's face of a family. path is None for a font inside typst."""

    family: str
    path: str | None
    index: int
    weight: int
    style: str


class FontCoverage:
    """Which family shows a character: the embedded serif, or else the first of the system's families that has it."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._faces: dict[str, list[Face]] = {}
        for face in sorted(faces, key=lambda face: _rank(face.family)):
            if _is_usable(face):
                self._faces.setdefault(face.family, []).append(face)
        for surplus in _surplus(list(self._faces)):
            del self._faces[surplus]
        emoji = (face for face in faces if face.family == EMOJI_FAMILY and face.path)
        self._emoji = tuple(face for face in emoji if _points((face,)))[:1]

    @property
    def families(self) -> tuple[str, ...]:
        """In the order in which the typesetter is to try them."""
        # Before the other fonts, of which some have a few emoji without colour.
        return (EMBEDDED_FAMILY, *(face.family for face in self._emoji), *self._faces)

    def printable(self, text: str) -> str:
        """The text with everything that no single family can show written out as ⟨U+4E2D⟩, and emoji by name."""
        parts = emoji_parts(text, self._shown_by_one, self._drawn)
        return "".join(part if whole else self._text(part) for part, whole in parts)

    def _drawn(self, emoji: str) -> bool:
        return bool(self._emoji) and {ord(character) for character in emoji} <= _points(self._emoji)

    def _text(self, text: str) -> str:
        return "".join(self._printable(cluster) for cluster in clusters(show_unseen(text)))

    def _printable(self, cluster: str) -> str:
        if self._shown_by_one(cluster):
            return cluster
        # A mark that no font has together with its letter: the letter may still be shown, the mark is named beside it.
        return "".join(c if not unicodedata.combining(c) and self._shown_by_one(c) else code_point(c) for c in cluster)

    def _shown_by_one(self, cluster: str) -> bool:
        points = {ord(character) for character in cluster}
        return points <= EMBEDDED or any(points <= _points(tuple(faces)) for faces in self._faces.values())


_NOT_WANTED = len(_PREFERRED) + len(_ALSO)


def _rank(family: str) -> tuple[int, str]:
    names = (*_PREFERRED, *_ALSO)
    if any(word in family for word in _UNWANTED):
        return _NOT_WANTED, family
    return next((place for place, name in enumerate(names) if family.startswith(name)), _NOT_WANTED), family


def _surplus(families: list[str]) -> list[str]:
    """Families beyond the bound, and all but one of the regional cuts of one CJK font, which cover the same characters."""
    regional = [family for family in families if " CJK " in family]
    chosen = next((f for ending in ("SC", "TC", "JP", "KR", "HK") for f in regional if f.endswith(ending)), None)
    extra = [family for family in regional if family != chosen]
    return extra + [family for family in families if family not in extra][MOST_FAMILIES:]


@cache
def _points(faces: tuple[Face, ...]) -> frozenset[int]:
    """Code points that every one of the faces has an outline for; none for a font that cannot be read."""
    common: frozenset[int] | None = None
    for face in faces:
        points = _points_of_file(face)
        common = points if common is None else common & points
    return common or frozenset()


def _points_of_file(face: Face) -> frozenset[int]:
    try:
        with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
            drawn = any(table in font for table in _DRAWING_TABLES)
            return frozenset(_mapped(font)) if drawn else frozenset()
    except Exception:
        # A broken font on somebody's machine must not cost them the report; fontTools raises whatever its parser met.
        return frozenset()


def _mapped(font: TTFont) -> Iterable[int]:
    """What the font's best table maps to a glyph.

    A table of ranges is read as it stands (OpenType's cmap, format 12): fontTools looks up the name of each glyph, and a font of
    all Chinese characters has 40,000.
    """
    raw = font.reader["cmap"]
    tables = struct.iter_unpack(">HHL", raw[4 : 4 + 8 * int.from_bytes(raw[2:4], "big")])
    places = {(platform, encoding): place for platform, encoding, place in tables}
    best = raw[places.get(_EVERY_PLANE, len(raw)) :]
    if not best.startswith(_RANGES):
        return font.getBestCmap() or ()
    ranges = struct.iter_unpack(">LLL", best[16 : 16 + 12 * int.from_bytes(best[12:16], "big")])
    return chain.from_iterable(range(first + (glyph == 0), min(last, 0x10FFFF) + 1) for first, last, glyph in ranges)


def clusters(text: str) -> Iterator[str]:
    """A letter with the marks that follow it, which only one font can set together."""
    held = ""
    for character in text:
        if held and not unicodedata.category(character).startswith("M"):
            yield held
            held = ""
        held += character
    if held:
        yield held


def ascii_only(text: str) -> str:
    """The last resort: everything beyond plain Latin written out, and emoji by name."""
    named = show_unseen(name_emoji(text, lambda _: False))
    return "".join(c if c in "⟨⟩" or (ord(c) < 0x250 and ord(c) in EMBEDDED) else code_point(c) for c in named)


def _is_usable(face: Face) -> bool:
    """Whether a face is of a file, upright, regular or bold, and of a family that is wanted."""
    upright = face.path is not None and face.path != "" and face.style == "normal"
    return upright and face.weight in (400, 700) and _rank(face.family)[0] < _NOT_WANTED
