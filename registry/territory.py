"""Territories: countries and their parts by the codes of ISO 3166, such as US or US-CA."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from registry.errors import RegistryError

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_BEFORE_NAMES = re.compile(r"^(the )?((state|commonwealth|province) of )?(the )?")
_SHORT = {"us": "US", "u.s.": "US", "u.s.a.": "US", "uk": "GB", "u.k.": "GB"}
"""What people write instead of a name. Other short forms mean several places: CA is Canada and California."""


class TerritoryRefused(RegistryError):
    """What is written as a territory and is none."""


def clean_territories(texts: Iterable[str]) -> list[str]:
    """The codes in capitals, each once and in order. Raises TerritoryRefused."""
    codes = sorted({text.strip().upper() for text in texts})
    for code in codes:
        if not _CODE.fullmatch(code) or not _is_on_record(code):
            remedy = "Write a country's code by ISO 3166, such as US or GB, or a part's: US-CA."
            raise TerritoryRefused(f"{code!r} is no territory.", remedy)
    return codes


def lies_within(place: str | None, territories: Collection[str]) -> bool:
    """Whether a place lies in one of the territories; no territories mean everywhere, and an unknown place lies in none."""
    if not territories:
        return True
    return place is not None and any(place == territory or place.startswith(territory + "-") for territory in territories)


def together(reaches: Iterable[Collection[str]]) -> tuple[str, ...]:
    """Where at least one of several reaches; empty is everywhere, as it is for each."""
    every = list(reaches)
    return tuple(sorted({code for reach in every for code in reach})) if all(every) else ()


def shared(one: Collection[str], other: Collection[str]) -> tuple[str, ...] | None:
    """Where both reach, empty for everywhere; None where they share no place."""
    if not one or not other:
        return tuple(sorted(one or other))
    both = {code for code in one if lies_within(code, other)} | {code for code in other if lies_within(code, one)}
    return tuple(sorted(both)) or None


def territory_named(text: str) -> str | None:
    """The code of a place as people write it, such as "State of California, USA"; None where that is no place, or several.

    Names as ISO 3166 has them. Georgia alone is two places; "Georgia, USA" is one.
    """
    found = _codes_of(_plain(text))
    if not found and "," in text:
        name, *_, around = (_codes_of(_plain(part)) for part in text.split(","))
        found = {code for code in name - around if lies_within(code, around)} if len(around) == 1 else set()
    # Luxembourg is a part of Luxembourg, too.
    outermost = {code for code in found if code.split("-")[0] not in found - {code}}
    return outermost.pop() if len(outermost) == 1 else None


def _plain(text: str) -> str:
    return _BEFORE_NAMES.sub("", " ".join(text.casefold().split()))


def _codes_of(name: str) -> set[str]:
    import pycountry  # megabytes of names, which few commands need

    if name in _SHORT:
        return {_SHORT[name]}
    countries = {country.alpha_2 for country in pycountry.countries if name in map(str.casefold, _names(country))}
    return countries | {part.code for part in pycountry.subdivisions if name in (part.name.casefold(), part.code.casefold())}


def _names(country: Any) -> list[str]:
    names = (country.name, getattr(country, "official_name", None), getattr(country, "common_name", None), country.alpha_3)
    return [name for name in names if name]


def _is_on_record(code: str) -> bool:
    import pycountry

    places, key = (pycountry.subdivisions, "code") if "-" in code else (pycountry.countries, "alpha_2")
    return any(getattr(place, key) == code for place in places)
