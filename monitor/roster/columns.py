"""Which column is which: by the header's words, in any order, in several languages. No other number is taken for the member's."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.roster.headings import GENERIC_NUMBER, MEMBERSHIP, NUMBER_WORDS, SPELLINGS, UNIONS
from registry.errors import SemblanceError

_NAMES = frozenset({"name", "given", "family"})


class RosterUnreadable(SemblanceError):
    """A roster file that cannot be understood as a table of members."""


@dataclass(frozen=True)
class Columns:
    """Positions by field; several for photos. titles: the header as it stands. ignored: headers that say nothing to us."""

    positions: Mapping[str, tuple[int, ...]]
    titles: tuple[str, ...]
    ignored: tuple[str, ...]

    def one(self, cells: Sequence[str], field: str) -> str:
        """The first filled cell of a field, without spaces around it; "" where there is none."""
        return next((text for text in self.all(cells, field)), "")

    def all(self, cells: Sequence[str], field: str) -> list[str]:
        found = (cells[place].strip() for place in self.positions.get(field, ()) if place < len(cells))
        return [text for text in found if text]

    def titled(self, field: str) -> str:
        """The titles of a field's columns, for people; "" where there is none."""
        return ", ".join(self.titles[place] for place in self.positions.get(field, ()))


def fields_in(header: Sequence[str]) -> int:
    """How many of the columns that we know a line would title; 0 where none of them is of names."""
    found = [field for field in map(_field, header) if field]
    return len(found) if _NAMES.intersection(found) else 0


def find_columns(header: Sequence[str], number_column: str | None = None) -> Columns:
    """number_column: the title of the members' own numbers, "" for none; found out when not given.

    Raises RosterUnreadable when no column holds names, or when several may hold the number.
    """
    titles = tuple(" ".join(title.split()) for title in header)
    positions: dict[str, list[int]] = {}
    ignored = []
    for place, title in enumerate(titles):
        field = _field(title)
        if field is not None:
            positions.setdefault(field, []).append(place)
        elif title:
            ignored.append(place)
    if "family" in positions and "given" not in positions and "name" in positions:
        positions["given"] = positions.pop("name")  # beside a family name, what is called the name is the given one
    if not positions.keys() & _NAMES:
        raise RosterUnreadable(
            "The roster has no column of names: a row must hold the columns' titles.",
            "Title the columns, for example: member number, name, photo 1, photo 2, photo 3, year.",
        )
    number = _number(titles, number_column)
    if number is not None:
        positions["number"] = [number]
    left = tuple(titles[place] for place in ignored if place != number)
    return Columns({field: tuple(places) for field, places in positions.items()}, titles, left)


def _number(titles: Sequence[str], given: str | None) -> int | None:
    """The place of the members' numbers, or None where there are none."""
    if given is not None:
        return _given(titles, given)
    for candidates in (_said_so, _generic, _may_be):
        found = [place for place, title in enumerate(titles) if _field(title) is None and candidates(_words(title))]
        if len(found) == 1 and candidates is not _may_be:
            return found[0]
        if found:
            named = " and ".join(repr(titles[place]) for place in found)
            raise RosterUnreadable(
                f"{named} may hold the members' numbers, by which each member is known from one roster to the next.",
                f'Say which does: --number-column "{titles[found[0]]}", or --number-column "" if there is none.',
            )
    return None


def _given(titles: Sequence[str], given: str) -> int | None:
    if not given.strip():
        return None
    found = [place for place, title in enumerate(titles) if _words(title) == _words(given)]
    if len(found) != 1:
        raise RosterUnreadable(
            f"{len(found) or 'No'} columns are titled {given!r}; the roster's titles are: {', '.join(filter(None, titles))}.",
            "Give one of them as --number-column.",
        )
    return found[0]


def _said_so(words: str) -> bool:
    if words in _MEMBERSHIP:
        return True
    before, _, last = words.rpartition(" ")
    return last in NUMBER_WORDS and before in UNIONS


def _generic(words: str) -> bool:
    return words in _GENERIC


def _may_be(words: str) -> bool:
    return bool(NUMBER_WORDS.intersection(words.split()))


def _words(title: str) -> str:
    """A title as it is compared: in lower case, without accents, signs and a number at the end of words."""
    plain = unicodedata.normalize("NFKD", title.replace("°", "o ").replace("º", "o ")).casefold()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", plain)).split()) or title.strip()


def _field(title: str) -> str | None:
    words = _words(title)
    return _FIELDS.get(words) or _FIELDS.get(re.sub(r" ?\d+$", "", words))


_MEMBERSHIP, _GENERIC = frozenset(map(_words, MEMBERSHIP)), frozenset(map(_words, GENERIC_NUMBER))
_FIELDS = {_words(spelling): field for field, spellings in SPELLINGS.items() for spelling in spellings}
