"""Protected names and titles among lines that were read on screen.

A name is no likeness. Where one stands on the screen and its subject is matched there, the match says so beside its own reasons:
score and error rates stay what they are, and without a match nothing is said and nothing kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from matcher.screen import ScreenMark
from matcher.types import GallerySubject, Match
from registry.kinds import Modality

Names = Mapping[str, tuple[str, ...]]
"""Names by what is compared of them."""

LONGEST, MOST = 120, 3
"""Characters of a line that are looked at, and told, and lines that one match tells of."""

HEARD = (Modality.VOICE, Modality.SOUND)
"""What lies in a sound track, whose number says nothing of picture tracks."""

LEAST_LETTERS, LEAST_SIGNS = 5, 2
"""A shorter name is an ordinary word too often: in letters, and in scripts that put no space between words."""

_SIGN = r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
# The vowels of Indian scripts are marks, and no accents: without them other people's names are the same.
_WORD = re.compile(rf"{_SIGN}|(?:(?!{_SIGN})[^\W_]|[\u0900-\u0963\u0966-\u0dff])+")
_ACCENT = re.compile(r"[\u0300-\u036f]")


@lru_cache(maxsize=4)
def names_of(names: tuple[str, ...]) -> Names:
    """What lines are searched for: all names that are long enough to be told from ordinary words."""
    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(names):
        key = "".join(_words(name))
        if len(key) >= (LEAST_SIGNS if re.search(_SIGN, key) else LEAST_LETTERS):
            found[key] = (*found.get(key, ()), name)
    return found


def names_in(line: str, names: Names) -> tuple[str, ...]:
    """The names that stand in a line as whole words, however they are written: case, accents, width, and spaces left out."""
    words = _words(line[:LONGEST])
    runs = ("".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1))
    return tuple(dict.fromkeys(name for run in runs for name in names.get(run, ())))


def quoted(line: str) -> str:
    """As much of a line as is looked at, and whether there is more of it."""
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def with_names(matches: Iterable[Match], seen: Sequence[ScreenMark], subjects: Mapping[str, GallerySubject]) -> Iterator[Match]:
    """The matches, each with where the name of its subject stands on the screen of its track; of what is heard, of a file's only
    picture track: of several, nothing says which one a sound belongs to."""
    for match in matches:
        names, appearance = subjects[match.subject_id].names, match.appearance
        track = 0 if appearance.modality in HEARD else appearance.track
        own = [_said(mark) for mark in seen if mark.name in names and mark.track == track]
        yield replace(match, reasons=(*match.reasons, *own[:MOST])) if own else match


def _said(mark: ScreenMark) -> str:
    when = f"at {mark.start:.1f} s" if mark.end <= mark.start else f"from {mark.start:.1f} to {mark.end:.1f} s"
    return (
        f"Its name stands on the screen {when}: '{mark.line}'. A name is no likeness, and changes neither score nor error rates."
    )


def _words(text: str) -> list[str]:
    """Words, and each sign of a script that puts no space between them."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall(unicodedata.normalize("NFKC", _ACCENT.sub("", apart)))
