"""Which column is which: by the header's words, in any order, in several languages. No other number is taken for the member's."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.roster.headings import BARE_NAME, GENERIC_NUMBER, MEMBERSHIP, NUMBER_SIGNS, NUMBER_WORDS, SPELLINGS, UNIONS
from registry.actions import Action
from registry.errors import SemblanceError

_NAMES = frozenset({"name", "given", "family"})


class RosterUnreadable(SemblanceError):
    """A roster file that cannot be understood as a table of members."""


@dataclass(frozen=True)
class Columns:
    """Positions by field; several for photos. titles: the header as it stands. ignored: headers that say nothing to us.

    loose_family: what is taken for the family name is called a name alone, and may hold the given name, too.
    """

    positions: Mapping[str, tuple[int, ...]]
    titles: tuple[str, ...]
    ignored: tuple[str, ...]
    loose_family: bool = False

    def one(self, cells: Sequence[str], field: str) -> str:
        """The first filled cell of a field, without spaces around it; "" where there is none."""
        return next((text for text in self.all(cells, field)), "")

    def all(self, cells: Sequence[str], field: str) -> list[str]:
        found = (cells[place].strip() for place in self.positions.get(field, ()) if place < len(cells))
        return [text for text in found if text]

    def name(self, cells: Sequence[str]) -> str:
        """The name in one cell, or put together from given and family name; "" where there is none."""
        given, family = self.one(cells, "given"), self.one(cells, "family")
        if self.loose_family and len(family.split()) > len(given.split()) and set(_parts(given)) <= set(_parts(family)):
            given = ""
        return self.one(cells, "name") or " ".join(part for part in (given, family) if part)

    @property
    def places_of_names(self) -> tuple[int, ...]:
        return tuple(place for field in sorted(_NAMES) for place in self.positions.get(field, ()))

    def titled_again(self, cells: Sequence[str]) -> bool:
        """Whether a line below the titles titles columns itself."""
        named = (cells[place] for place in self.places_of_names if place < len(cells))
        return any(field_of(cell) in _NAMES for cell in named) and fields_in(cells) > 1

    def has_titles(self, cells: Sequence[str]) -> bool:
        """Whether a line has the very titles of these columns, wherever they have one."""
        again = [" ".join(cell.split()) for cell in cells]
        return [title for title in again if title] == [title for title in self.titles if title] and all(
            place < len(again) and again[place] == title for place, title in enumerate(self.titles) if title
        )

    def titled(self, field: str) -> str:
        """The titles of a field's columns, for people; "" where there is none."""
        return ", ".join(self.titles[place] for place in self.positions.get(field, ()))


def fields_in(header: Sequence[str]) -> int:
    """How many of the columns that we know a line would title; 0 where none of them is of names."""
    found = [field for field in map(field_of, header) if field]
    return len(found) if _NAMES.intersection(found) else 0


def find_columns(header: Sequence[str], number_column: str | None = None) -> Columns:
    """number_column: the title of the members' own numbers, "" for none; found out when not given.

    Raises RosterUnreadable when no column holds names, or when several may hold the number.
    """
    titles = tuple(" ".join(title.split()) for title in header)
    positions, ignored = _positions(titles)
    loose_family = _sort_out_names(titles, positions)
    if not positions.keys() & _NAMES:
        raise RosterUnreadable(
            "The roster has no column of names: a row must hold the columns' titles.",
            "Title the columns, for example: member number, name, photo 1, photo 2, photo 3, year.",
        )
    number = _number(titles, number_column)
    if number is not None:
        positions["number"] = [number]
    left = tuple(titles[place] for place in ignored if place != number)
    return Columns({field: tuple(places) for field, places in positions.items()}, titles, left, loose_family)


def _positions(titles: Sequence[str]) -> tuple[dict[str, list[int]], list[int]]:
    """The places of each field that we know, and those of titles that are none of theirs."""
    positions: dict[str, list[int]] = {}
    ignored, before = [], None
    for place, title in enumerate(titles):
        # One title over several columns of photos stands in the first of them.
        field = field_of(title) if title or before != "photos" else "photos"
        if field is not None:
            positions.setdefault(field, []).append(place)
        elif title:
            ignored.append(place)
        before = field
    return positions, ignored


def _sort_out_names(titles: Sequence[str], positions: dict[str, list[int]]) -> bool:
    """What is called a name and no more is the given one beside a family name, and the family's beside a given one.

    Says whether it is the family's.
    """
    bare = [place for place in positions.get("name", ()) if comparable(titles[place]) in _BARE]
    parts = positions.keys() & {"given", "family"}
    if not bare or len(parts) != 1:
        return False
    taken_for = "given" if parts == {"family"} else "family"
    positions[taken_for] = bare
    positions["name"] = [place for place in positions["name"] if place not in bare]
    if not positions["name"]:
        del positions["name"]
    return taken_for == "family"


def _number(titles: Sequence[str], given: str | None) -> int | None:
    """The place of the members' numbers, or None where there are none."""
    if given is not None:
        return _given(titles, given)
    for candidates in (_said_so, _generic, _may_be):
        found = [place for place, title in enumerate(titles) if field_of(title) is None and candidates(comparable(title))]
        if len(found) == 1 and candidates is not _may_be:
            return found[0]
        if found:
            named = " and ".join(repr(titles[place]) for place in found)
            raise RosterUnreadable(
                f"{named} may hold the members' numbers, by which each member is known from one roster to the next.",
                f"It is known by its title, such as {titles[found[0]]!r}; where there are none, by an empty one.",
                Action.NAME_NUMBERS,
            )
    return None


def _given(titles: Sequence[str], given: str) -> int | None:
    if not given.strip():
        return None
    found = [place for place, title in enumerate(titles) if comparable(title) == comparable(given)]
    if len(found) != 1:
        raise RosterUnreadable(
            f"{len(found) or 'No'} columns are titled {given!r}; the roster's titles are: {', '.join(filter(None, titles))}.",
            Action.NAME_NUMBERS,
        )
    return found[0]


def is_of_numbers(title: str) -> bool:
    """Whether a column's title says that it holds the members' own numbers, or a number of which nothing says whose it is."""
    words = comparable(title)
    return _said_so(words) or _generic(words)


def _said_so(words: str) -> bool:
    if words in _MEMBERSHIP:
        return True
    before, _, last = words.rpartition(" ")
    return last in NUMBER_WORDS and before in UNIONS


def _generic(words: str) -> bool:
    return words in _GENERIC


def _may_be(words: str) -> bool:
    return bool(NUMBER_WORDS.intersection(words.split())) or any(sign in words for sign in NUMBER_SIGNS)


def comparable(title: str) -> str:
    """A title as it is compared: in lower case, without accents, signs and a number at the end of words."""
    if title.isascii():  # so is most of what stands below titles, all of which is asked whether it is one
        plain = title.lower()
        return " ".join(_SIGNS.sub(" ", _HASH.sub(" no ", plain) if "#" in plain else plain).split()) or title.strip()
    numbered = _HASH.sub(" no ", title.replace("°", "o ").replace("º", "o "))
    plain = unicodedata.normalize("NFKD", numbered).casefold().translate(_STROKES)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_SIGNS.sub(" ", unicodedata.normalize("NFKC", plain)).split()) or title.strip()


def field_of(title: str) -> str | None:
    """name, given, family, photos or era; None for a title that is none of theirs."""
    words = comparable(title)
    return _FIELDS.get(words) or _FIELDS.get(re.sub(r" ?\d+$", "", words))


def _parts(name: str) -> list[str]:
    return name.casefold().replace(",", " ").split()


def is_titled_in_ideographs(cells: Sequence[str]) -> bool:
    """Whether a line titles a column of names, or of members' own numbers, in Chinese, Japanese or Korean."""
    return any(
        _IDEOGRAPHS.search(cell)
        and (field_of(cell.strip()) in _NAMES or _said_so(comparable(cell)) or _generic(comparable(cell)))
        for cell in cells
    )


_STROKES = str.maketrans("łøđı", "lodi")
"""Letters of Polish, Danish, Croatian and Turkish that are no letter with an accent to Unicode, but are typed plain, too."""
_HASH, _SIGNS = re.compile(r"#(?!\s*\d)"), re.compile(r"[\W_]+")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BARE = frozenset(map(comparable, BARE_NAME))
_MEMBERSHIP, _GENERIC = frozenset(map(comparable, MEMBERSHIP)), frozenset(map(comparable, GENERIC_NUMBER))
_FIELDS = {comparable(spelling): field for field, spellings in SPELLINGS.items() for spelling in spellings}
