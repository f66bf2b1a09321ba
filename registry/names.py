"""Names that people give to parties and subjects."""

import unicodedata

from registry.errors import RegistryError

LONGEST = 200


class NameRefused(RegistryError):
    """A name that cannot be kept."""


def clean_name(name: str, what: str) -> str:
    """The name in Unicode's composed form with single spaces. Raises NameRefused; what says whose name it is."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned:
        raise NameRefused(f"The name of a {what} is empty.", "Give a name with at least one letter.")
    if len(cleaned) > LONGEST:
        raise NameRefused(f"The name of a {what} has {len(cleaned)} characters.", f"Give one of at most {LONGEST}.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in cleaned):
        raise NameRefused(f"The name of a {what} holds a control character.", "Type the name anew instead of pasting it.")
    return cleaned


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in nothing but case and spacing."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
