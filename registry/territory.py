"""Territories: countries and their parts by the codes of ISO 3166, such as US or US-CA."""

import re
from collections.abc import Collection, Iterable

from registry.errors import RegistryError

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class TerritoryRefused(RegistryError):
    """What is written as a territory and is none."""


def clean_territories(texts: Iterable[str]) -> list[str]:
    """The codes in capitals, each once and in order. Raises TerritoryRefused."""
    codes = sorted({text.strip().upper() for text in texts})
    for code in codes:
        if not _CODE.fullmatch(code):
            raise TerritoryRefused(f"{code!r} is no territory.", "Write a country's code, such as US, or a part's: US-CA.")
    return codes


def lies_within(place: str | None, territories: Collection[str]) -> bool:
    """Whether a place lies in one of the territories; no territories mean everywhere, and an unknown place lies in none."""
    if not territories:
        return True
    return place is not None and any(place == territory or place.startswith(territory + "-") for territory in territories)
